export function Logo({ size = 22 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 22 22" aria-hidden="true">
      <rect x="1" y="1" width="20" height="20" rx="6" fill="#2f6fde" />
      <path
        d="M5 14.5l3.2-6 3 4.2 2.3-3 3.5 4.8"
        fill="none"
        stroke="#fff"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="16.2" cy="6.2" r="1.7" fill="#ffd166" />
    </svg>
  );
}
