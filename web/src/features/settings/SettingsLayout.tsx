export function SettingsLayout() {
  return <p>SettingsLayout</p>;
}
