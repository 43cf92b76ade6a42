/** Times as people read them, in their own time zone; ages against the venue's clock, which may be a virtual one. */

const day = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function moment(ms: number): string {
  return `${day.format(ms)}, ${clock.format(ms)}`;
}

export function timeOfDay(ms: number): string {
  return clock.format(ms);
}

/** `1 s`, `3 min`, `2 h`, `5 d`: one unit, cut down. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
