/** The sandbox's controls under the header: pause, speed, price. */
export function SandboxBar() {
  return null;
}
