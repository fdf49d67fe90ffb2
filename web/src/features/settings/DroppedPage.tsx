export function DroppedPage() {
  return <p>DroppedPage</p>;
}
