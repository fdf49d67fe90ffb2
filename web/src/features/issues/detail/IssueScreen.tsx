export function IssueScreen() {
  return <p>IssueScreen</p>;
}
