import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Route, Switch } from "wouter";
import { AlertHost } from "../alerts/AlertHost";
import { LiveProvider } from "../api/live";
import { makeQueries } from "../api/queries";
import { EarnPage } from "../pages/EarnPage";
import { MarketsPage } from "../pages/MarketsPage";
import { MissingPage } from "../pages/MissingPage";
import { PortfolioPage } from "../pages/PortfolioPage";
import { Skeleton } from "../parts/States";
import { ToastHost } from "../parts/Toast";
import { PopupHost } from "../popups";
import { type Ghost, GhostSeam } from "../seams";
import { WalletProvider } from "../wallet";
import { FaultBoundary } from "./FaultBoundary";
import { Frame } from "./Frame";

// The chart and the long lists come when they are wanted.
const MarketPage = lazy(() => import("../pages/MarketPage"));
const HistoryPage = lazy(() => import("../pages/HistoryPage"));

/** Everything: who is here, what is known, what lies above the page, and the page. */
export function App() {
  const [queries] = useState(makeQueries);
  const [ghost, setGhost] = useState<Ghost>(null);
  return (
    <QueryClientProvider client={queries}>
      <ToastHost>
        <WalletProvider>
          <LiveProvider>
            <AlertHost />
            <GhostSeam value={{ ghost, setGhost }}>
              <PopupHost>
                <Frame>
                  <FaultBoundary>
                    <Suspense fallback={<Skeleton lines={8} />}>
                      <Pages />
                    </Suspense>
                  </FaultBoundary>
                </Frame>
              </PopupHost>
            </GhostSeam>
          </LiveProvider>
        </WalletProvider>
      </ToastHost>
    </QueryClientProvider>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={MarketsPage} />
      <Route path="/m/:market">{({ market }) => <MarketPage key={market} part={market} />}</Route>
      <Route path="/portfolio" component={PortfolioPage} />
      <Route path="/earn" component={EarnPage} />
      <Route path="/history" component={HistoryPage} />
      <Route component={MissingPage} />
    </Switch>
  );
}
