export function GeneralPage() {
  return <p>GeneralPage</p>;
}
