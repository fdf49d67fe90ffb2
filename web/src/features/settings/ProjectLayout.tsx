export function ProjectLayout() {
  return <p>ProjectLayout</p>;
}
