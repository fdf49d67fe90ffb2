export function FiltersPage() {
  return <p>FiltersPage</p>;
}
