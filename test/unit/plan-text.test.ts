import test from 'ava';
import { diff, formatPlan } from 'ipvs';
import { desired, snapshot } from './_state.js';

const web = { protocol: 'tcp', address: '10.9.0.2', port: 443 } as const;
const names = { protocol: 'udp', address: '10.9.0.3', port: 53 } as const;

const wanted = desired(
  [
    {
      protocol: 'tcp',
      address: '10.9.0.1',
      port: 80,
      persistence: true,
      destinations: [{ address: '10.2.2.2' }, { address: '10.2.1.2' }],
    },
    {
      ...web,
      scheduler: 'mh',
      schedulerFlags: ['mh-fallback'],
      destinations: [{ address: '10.2.1.2', weight: 5 }, { address: '10.2.3.2' }],
    },
  ],
  { vips: { device: 'ipvs0' } },
);

const actual = snapshot(
  [
    {
      ...web,
      scheduler: 'rr',
      destinations: [{ address: '10.2.1.2' }, { address: '10.2.2.2' }],
    },
    { ...names, destinations: [{ address: '10.2.1.2' }] },
    { protocol: 'tcp', address: '10.8.0.1', port: 80 },
    { fwmark: 7 },
  ],
  {
    snapshot: {
      sysctls: { expire_nodest_conn: 0 },
      addresses: [
        { device: 'ipvs0', address: '10.9.0.2', prefixLength: 32, scope: 'global' },
        { device: 'ipvs0', address: '10.9.0.3', prefixLength: 32, scope: 'global' },
      ],
      devices: { ipvs0: { name: 'ipvs0', kind: 'dummy' } },
    },
  },
);

const scope = { mode: 'selected', include: [{ cidr: '10.9.0.0/24' }] } as const;

test('a plan reads as a person would tell it', (t) => {
  const plan = diff(wanted, actual, { scope });
  t.is(
    formatPlan(plan),
    `Scope: selected (10.9.0.0/24). Actual: 2 services, 3 destinations; 2 services out of scope, untouched.

+ tcp/10.9.0.1:80  wlc  persistence 360s
    + 10.2.1.2:80  masquerade  weight 1
    + 10.2.2.2:80  masquerade  weight 1
~ tcp/10.9.0.2:443
    ~ scheduler: rr -> mh
    ~ schedulerFlags: none -> mh-fallback
    ~ 10.2.1.2:443  weight: 1 -> 5
    - 10.2.2.2:443  drain until idle, at most 300s
    + 10.2.3.2:443  masquerade  weight 1
- udp/10.9.0.3:53
    - 10.2.1.2:53  immediately
+ vip 10.9.0.1/32 on ipvs0
- vip 10.9.0.3/32 on ipvs0

! W_UDP_NODEST udp/10.9.0.3:53: expire_nodest_conn is 0, flows of removed destinations are dropped until they expire

Plan: services 1 to add, 1 to change, 1 to remove; destinations 3 to add, 1 to change, 2 to remove (1 drained); vips 1 to add, 1 to remove. 11 operations.`,
  );
});
