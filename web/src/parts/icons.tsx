import type { ReactNode } from "react";

/** Small pictures, drawn in the text's colour. They never stand alone: the control that holds one has a name. */
function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      aria-hidden="true"
      width="18"
      height="18"
      viewBox="0 0 18 18"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}

export const MoreIcon = () => (
  <Icon>
    <path d="M9 4v.01M9 9v.01M9 14v.01" strokeWidth="2.4" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m4.5 4.5 9 9m0-9-9 9" />
  </Icon>
);
export const DownIcon = () => (
  <Icon>
    <path d="m5 7.5 4 4 4-4" />
  </Icon>
);
export const SettingsIcon = () => (
  <Icon>
    <path d="M3 5.5h5m4 0h3M3 12.5h3m4 0h5" />
    <circle cx="10" cy="5.5" r="1.8" />
    <circle cx="8" cy="12.5" r="1.8" />
  </Icon>
);
export const MarketsIcon = () => (
  <Icon>
    <path d="M5 3v2.5m0 6V15M3.5 5.500h3v6h-3zM13 2.500v3m0 5v3M11.500 5.500h3v5h-3z" />
  </Icon>
);
export const PortfolioIcon = () => (
  <Icon>
    <path d="M2.500 6.500h13v8h-13zM6.500 6.500v-3h5v3" />
  </Icon>
);
export const EarnIcon = () => (
  <Icon>
    <path d="M3 14.500 7.500 9l3 3 4.500-6.500m0 0h-3.500m3.500 0V9" />
  </Icon>
);
export const HistoryIcon = () => (
  <Icon>
    <path d="M9 5v4l2.500 2" />
    <circle cx="9" cy="9" r="6.300" />
  </Icon>
);
