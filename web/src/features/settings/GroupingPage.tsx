export function GroupingPage() {
  return <p>GroupingPage</p>;
}
