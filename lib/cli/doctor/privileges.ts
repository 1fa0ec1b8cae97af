/** What this process may do. */
export interface Privileges {
  /** It has CAP_NET_ADMIN in its user namespace. */
  readonly netAdmin: boolean;
  /** Its user namespace is the first one. */
  readonly initialUserNamespace: boolean;
}

const netAdminBit = 12n;

/** Reads `/proc/self/status` and `/proc/self/uid_map`. */
export function parsePrivileges(status: string, uidMap: string): Privileges {
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return {
    netAdmin: ((BigInt(`0x${effective}`) >> netAdminBit) & 1n) === 1n,
    initialUserNamespace: uidMap.trim().split(/\s+/).join(' ') === '0 0 4294967295',
  };
}
