export function TagsTab() {
  return <p>TagsTab</p>;
}
