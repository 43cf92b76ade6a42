import { Component, type ReactNode } from "react";
import { ErrorPanel } from "../parts/States";

/** A page with a fault in it says so, in place; the frame around it goes on. */
export class FaultBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return <ErrorPanel error={this.state.error} retry={() => this.setState({ error: null })} />;
  }
}
