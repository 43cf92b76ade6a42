import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// Finding by role reads the whole page as a screen reader would: slow in jsdom, slower on a busy machine.
configure({ asyncUtilTimeout: 10_000 });
afterEach(cleanup);

// jsdom lays nothing out, so there is nothing to observe.
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
