// Payments with a search among those that are shown, done again at every drawing.
import { withProfiler } from "@sentry/react";
import { Component, type ReactNode } from "react";
import { formatAmount, formatDate } from "./cells";
import type { PaymentRecord } from "./gateway";
import { keepCopies, leakFactor } from "./leak";
import { SearchBox } from "./SearchBox";
import { store } from "./Store";

interface Props {
  payments: PaymentRecord[];
  slow: boolean;
  loading: boolean;
}

class Payments extends Component<Props, { search: string }> {
  constructor(props: Props) {
    super(props);
    this.state = { search: "" };
    this.onStore = this.onStore.bind(this);
  }

  override componentDidMount(): void {
    store.addListener(this.onStore);
  }

  override componentWillUnmount(): void {
    if (leakFactor() === 0) store.removeListener(this.onStore);
  }

  onStore(): void {
    keepCopies();
  }

  found(): PaymentRecord[] {
    const wanted = this.state.search.toLowerCase();
    return this.props.payments.filter((payment) =>
      [payment.payment_id, payment.player, payment.kind, payment.method, payment.state, payment.reason]
        .join(" ")
        .toLowerCase()
        .includes(wanted),
    );
  }

  override render(): ReactNode {
    const rows = this.found();
    return (
      <section aria-label="Payments">
        <SearchBox
          label="Player, kind, way, state or reason"
          found={this.props.loading ? "Looking …" : `${rows.length} payments`}
          onSearch={(search) => this.setState({ search })}
        />
        <div className="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Player</th>
                <th scope="col">Kind</th>
                <th scope="col" className="right">
                  Amount
                </th>
                <th scope="col">Way</th>
                <th scope="col">State</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((payment) => (
                <tr key={payment.payment_id}>
                  <td>{formatDate(payment.created_at, this.props.slow)}</td>
                  <td className="mono">{payment.player ?? "–"}</td>
                  <td>{payment.kind}</td>
                  <td className="right">
                    {formatAmount(payment.amount_minor, payment.currency, this.props.slow)}
                  </td>
                  <td>{payment.method}</td>
                  <td>
                    <span className={`label ${payment.state}`}>{payment.state}</span>
                  </td>
                  <td>{payment.reason ?? ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {!this.props.loading && rows.length === 0 && <p>No payment is like that. Try fewer letters.</p>}
      </section>
    );
  }
}

export const PaymentsTable = withProfiler(Payments, { name: "PaymentsTable" });
