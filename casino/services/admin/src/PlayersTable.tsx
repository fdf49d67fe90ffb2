// Players with a search at the server. Every row is drawn at every change; under `adminSlowRender` each row takes its time.
import { withProfiler } from "@sentry/react";
import { Component, type ReactNode } from "react";
import { countNames, formatAmount, formatDate, namesakes } from "./cells";
import type { PlayerRecord } from "./gateway";
import { keepCopies, leakFactor } from "./leak";
import { SearchBox } from "./SearchBox";
import { store } from "./Store";

interface Props {
  players: PlayerRecord[];
  slow: boolean;
  loading: boolean;
}

/** `rows` mirrors the props, which is why there has to be a method that keeps it up to date. */
interface State {
  rows: PlayerRecord[];
  counts: ReadonlyMap<string, number>;
}

class Players extends Component<Props, State> {
  constructor(props: Props) {
    super(props);
    this.state = { rows: props.players, counts: countNames(props.players) };
    this.onStore = this.onStore.bind(this);
  }

  override componentDidMount(): void {
    store.addListener(this.onStore);
    window.addEventListener("resize", this.onStore);
  }

  override UNSAFE_componentWillReceiveProps(next: Props): void {
    if (next.players !== this.props.players)
      this.setState({ rows: next.players, counts: countNames(next.players) });
  }

  override componentWillUnmount(): void {
    // With the fault the table is forgotten here, and stays in memory for ever.
    if (leakFactor() > 0) return;
    store.removeListener(this.onStore);
    window.removeEventListener("resize", this.onStore);
  }

  onStore(): void {
    keepCopies();
  }

  override render(): ReactNode {
    const { rows, counts } = this.state;
    const { slow, loading } = this.props;
    return (
      <section aria-label="Players">
        <SearchBox
          label="Name or number"
          found={loading ? "Looking …" : `${rows.length} players`}
          onSearch={(text) => void store.findPlayers(text)}
        />
        <div className="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Number</th>
                <th scope="col">Name</th>
                <th scope="col">Market</th>
                <th scope="col">Identity</th>
                <th scope="col">Pays</th>
                <th scope="col" className="right">
                  Balance
                </th>
                <th scope="col" className="right">
                  Namesakes
                </th>
                <th scope="col">Since</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((player) => (
                <PlayerRow key={player.id} player={player} all={rows} counts={counts} slow={slow} />
              ))}
            </tbody>
          </table>
        </div>
        {!loading && rows.length === 0 && <p>Nobody by that name. Try fewer letters.</p>}
      </section>
    );
  }
}

interface RowProps {
  player: PlayerRecord;
  all: PlayerRecord[];
  counts: ReadonlyMap<string, number>;
  slow: boolean;
}

class PlayerRow extends Component<RowProps> {
  override render(): ReactNode {
    const { player, all, counts, slow } = this.props;
    return (
      <tr>
        <td className="mono">{player.id}</td>
        <td>{player.name.trim()}</td>
        <td>{player.market.toUpperCase()}</td>
        <td>
          <span className={`label ${player.kyc}`}>{player.kyc}</span>
        </td>
        <td>{player.pays === "per_spin" ? "per spin" : player.pays}</td>
        <td className="right">{formatAmount(player.balance_minor, player.currency, slow)}</td>
        <td className="right">{namesakes(player, all, counts, slow)}</td>
        <td>{formatDate(player.created_at, slow)}</td>
      </tr>
    );
  }
}

export const PlayersTable = withProfiler(Players, { name: "PlayersTable" });
