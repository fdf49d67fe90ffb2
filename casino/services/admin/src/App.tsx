// The frame of the back office. Class components throughout, as in the year it was written.
import { ErrorBoundary } from "@sentry/react";
import { Component, type ReactNode } from "react";
import { PaymentsTable } from "./PaymentsTable";
import { PlayersTable } from "./PlayersTable";
import { type Snapshot, store } from "./Store";

type Tab = "players" | "payments";

interface Props {
  pitwatch: string;
}

interface State extends Snapshot {
  tab: Tab;
}

function tabFromHash(): Tab {
  return location.hash === "#payments" ? "payments" : "players";
}

export class App extends Component<Props, State> {
  constructor(props: Props) {
    super(props);
    this.state = { ...store.get(), tab: tabFromHash() };
    this.onStore = this.onStore.bind(this);
    this.onHash = this.onHash.bind(this);
  }

  override componentDidMount(): void {
    store.addListener(this.onStore);
    window.addEventListener("hashchange", this.onHash);
    void store.start();
  }

  override componentWillUnmount(): void {
    store.removeListener(this.onStore);
    window.removeEventListener("hashchange", this.onHash);
  }

  onStore(): void {
    this.setState(store.get());
  }

  onHash(): void {
    this.setState({ tab: tabFromHash() });
  }

  renderTab(tab: Tab, text: string): ReactNode {
    return (
      <a
        href={`#${tab}`}
        className={this.state.tab === tab ? "here" : ""}
        aria-current={this.state.tab === tab ? "page" : undefined}
      >
        {text}
      </a>
    );
  }

  renderTable(): ReactNode {
    const { tab, players, payments, flags, loading } = this.state;
    const slow = flags.adminSlowRender === true || flags.adminSlowRender === "on";
    return tab === "players" ? (
      <PlayersTable players={players} slow={slow} loading={loading} />
    ) : (
      <PaymentsTable payments={payments} slow={slow} loading={loading} />
    );
  }

  override render(): ReactNode {
    const { pitwatch } = this.props;
    return (
      <>
        <p className="banner">
          <strong>Play money only.</strong> Synthetic players.{" "}
          {pitwatch ? (
            <a href={pitwatch}>This is a demonstration watched by Pitwatch</a>
          ) : (
            "This is a demonstration."
          )}
        </p>
        <header>
          <h1>Halfmoon back office</h1>
          <nav aria-label="Tables">
            {this.renderTab("players", "Players")}
            {this.renderTab("payments", "Payments")}
            <a href="/">Casino</a>
          </nav>
        </header>
        <main>
          {this.state.error !== null && (
            <div className="alert" role="alert">
              <span>
                The casino did not answer as it should (<code>{this.state.error}</code>). What is shown may be
                old.
              </span>
              <button type="button" onClick={() => void store.retry()}>
                Try again
              </button>
            </div>
          )}
          <ErrorBoundary
            key={this.state.tab}
            beforeCapture={(scope) => scope.setTag("table", this.state.tab)}
            fallback={({ resetError }) => (
              <div className="alert" role="alert">
                <span>This table could not be drawn. It was reported to Pitwatch.</span>
                <button type="button" onClick={resetError}>
                  Draw it again
                </button>
              </div>
            )}
          >
            {this.renderTable()}
          </ErrorBoundary>
        </main>
      </>
    );
  }
}
