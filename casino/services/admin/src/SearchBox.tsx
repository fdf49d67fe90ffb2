// The search above a table. Waits until nobody types, the old way: a timer and `setState`.
import { type ChangeEvent, Component, type ReactNode } from "react";

const PAUSE_MS = 250;

interface Props {
  label: string;
  onSearch: (text: string) => void;
  /** Shown beside the box. */
  found: string;
}

export class SearchBox extends Component<Props, { text: string }> {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(props: Props) {
    super(props);
    this.state = { text: "" };
    this.onChange = this.onChange.bind(this);
  }

  override componentWillUnmount(): void {
    clearTimeout(this.timer);
  }

  onChange(event: ChangeEvent<HTMLInputElement>): void {
    const text = event.target.value.slice(0, 100);
    this.setState({ text });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.props.onSearch(text), PAUSE_MS);
  }

  override render(): ReactNode {
    return (
      <div className="search">
        <label>
          {this.props.label} <input type="search" value={this.state.text} onChange={this.onChange} />
        </label>
        <output>{this.props.found}</output>
      </div>
    );
  }
}
