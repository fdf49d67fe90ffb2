export function EventTab() {
  return <p>EventTab</p>;
}
