export function LimitsPage() {
  return <p>LimitsPage</p>;
}
