/** The two address families IPVS balances. */
export type Family = 'ipv4' | 'ipv6';

/**
 * An IPv4 address as four decimal octets, or an IPv6 address as RFC 5952 text without brackets or zone:
 * `10.0.0.1`, `2001:db8::1`. What the library returns always has this one spelling.
 */
export type Address = string;
