import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { startTheme } from "./app/theme";
import "./theme/theme.css";

startTheme();
createRoot(document.getElementById("root") as HTMLElement).render(<App />);
