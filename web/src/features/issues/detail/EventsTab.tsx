export function EventsTab() {
  return <p>EventsTab</p>;
}
