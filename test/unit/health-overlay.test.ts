import test, { type ExecutionContext } from 'ava';
import { HealthOverlay, type HealthPolicy, type ReconcileOptions } from 'ipvs';
import type { FakeKernel } from 'ipvs/testing';
import {
  bring,
  kernelWith,
  mail,
  mailId,
  type Services,
  state,
  to,
  web,
  webId,
  weights,
  writes,
} from './_runs.js';

const one = '10.2.0.1:80';
const two = '10.2.0.2:80';
const sorry = { address: '10.2.0.99' } as const;
const sorryId = `${webId} -> 10.2.0.99:80`;
const both: Services = [{ ...web, destinations: to(1, 2) }];
const immediate = { drain: { mode: 'immediate' } } as const;

/** What a service is in force with, as `address weight`. */
function force(health: HealthOverlay, services: Services = both): string[] {
  const [service] = state(services).services;
  if (service === undefined) return [];
  return health
    .effective(service)
    .destinations.map(({ address, weight }) => `${address} ${weight}`);
}

test('without news everything is as it is declared', (t) => {
  const [service] = state(both).services;
  t.is(service && new HealthOverlay().effective(service), service);
});

test('a destination that is down has no weight, and gets it back', async (t) => {
  const services: Services = [
    { ...web, destinations: [{ address: '10.2.0.1', weight: 5 }, ...to(2)] },
  ];
  const kernel = await kernelWith(services);
  const health = new HealthOverlay();
  health.set(web, one, 'down');
  const down = await bring(kernel, services, { health });
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
  t.is(down.plan.operations[0]?.reason, 'health');
  health.set(web, { address: '10.2.0.1' }, 'up');
  await bring(kernel, services, { health });
  t.deepEqual(await weights(kernel), ['10.2.0.1 5', '10.2.0.2 1']);
  t.is(writes(kernel).length, 2);
});

test('or it is taken away, by the rules of draining, and comes again', async (t) => {
  const kernel = await kernelWith(both);
  const health = new HealthOverlay({ onDown: 'remove' });
  health.set(web, one, 'down');
  await bring(kernel, both, { health });
  t.deepEqual(writes(kernel), [
    `set-destination ${webId} -> ${one}`,
    `remove-destination ${webId} -> ${one}`,
  ]);
  health.set(web, one, 'up');
  await bring(kernel, both, { health });
  t.deepEqual(await weights(kernel), ['10.2.0.1 1', '10.2.0.2 1']);
});

test('what nothing is known of can count as down', async (t) => {
  const kernel = await kernelWith();
  const health = new HealthOverlay({ initial: 'down' });
  await bring(kernel, both, { health });
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 0']);
  health.set(web, one, 'up');
  await bring(kernel, both, { health });
  t.deepEqual(await weights(kernel), ['10.2.0.1 1', '10.2.0.2 0']);
});

const four: Services = [
  {
    ...web,
    destinations: [
      { address: '10.2.0.1', weight: 4 },
      { address: '10.2.0.2', weight: 3 },
      { address: '10.2.0.3', weight: 2 },
      { address: '10.2.0.4', weight: 1 },
    ],
  },
];

const hasSorry = (health: HealthOverlay, services = four) =>
  force(health, services).includes('10.2.0.99 1');

test('the quorum is a sum of declared weights, lost below it and gained at it', (t) => {
  const health = new HealthOverlay({ quorum: 5, fallbackDestination: sorry });
  t.false(hasSorry(health));
  health.set(web, one, 'down');
  t.false(hasSorry(health), '6 are left');
  health.set(web, '10.2.0.4:80', 'down');
  t.false(hasSorry(health), '5 are left');
  health.set(web, '10.2.0.3:80', 'down');
  t.true(hasSorry(health), '3 are left');
  health.set(web, '10.2.0.3:80', 'up');
  t.false(hasSorry(health));
});

test('hysteresis: lost below quorum less it, gained at quorum and it', (t) => {
  const health = new HealthOverlay({ quorum: 5, hysteresis: 2, fallbackDestination: sorry });
  t.false(hasSorry(health));
  health.set(web, one, 'down');
  health.set(web, '10.2.0.3:80', 'down');
  t.false(hasSorry(health), '4 are not below 3');
  health.set(web, two, 'down');
  t.true(hasSorry(health), '1 is');
  health.set(web, one, 'up');
  t.true(hasSorry(health), '5 are not 7');
  health.set(web, '10.2.0.3:80', 'up');
  t.false(hasSorry(health), '7 are');
});

test('hysteresis: with nothing left the quorum is lost however wide it is', (t) => {
  const health = new HealthOverlay({ quorum: 1, hysteresis: 3, fallbackDestination: sorry });
  t.false(hasSorry(health));
  for (const number of [1, 2, 3]) health.set(web, `10.2.0.${number}:80`, 'down');
  t.false(hasSorry(health));
  health.set(web, '10.2.0.4:80', 'down');
  t.true(hasSorry(health));
});

test('looking twice is no other than looking once', (t) => {
  for (const policy of [{ quorum: 5, hysteresis: 2 }, { quorum: 12 }] satisfies HealthPolicy[]) {
    const health = new HealthOverlay({ ...policy, fallbackDestination: sorry });
    t.deepEqual(force(health, four), force(health, four));
    health.set(web, one, 'down');
    t.deepEqual(force(health, four), force(health, four));
  }
});

/** Says after each write whether the service takes clients. */
async function always(
  t: ExecutionContext,
  kernel: FakeKernel,
  options: ReconcileOptions,
): Promise<string[]> {
  kernel.clearCalls();
  let seen = 0;
  const capacities: boolean[] = [];
  const look = () => {
    seen += 1;
    capacities.push(kernel.connect(web, { client: '192.0.2.77' }) !== undefined);
  };
  for (const operation of [
    'add-destination',
    'set-destination',
    'remove-destination',
    'list-destinations',
  ] as const) {
    for (let nth = 1; nth < 20; nth += 1) kernel.before({ operation, nth }, look);
  }
  await bring(kernel, both, { ...options, wait: false });
  look();
  t.true(seen > 2);
  t.false(capacities.includes(false), 'never an empty pool');
  return writes(kernel);
}

test('the fallback destination comes before the rest goes, and goes after the rest is back', async (t) => {
  const kernel = await kernelWith(both);
  const health = new HealthOverlay({ quorum: 2, fallbackDestination: sorry });
  health.set(web, two, 'down');
  t.deepEqual(await always(t, kernel, { health }), [
    `add-destination ${sorryId}`,
    `set-destination ${webId} -> ${one}`,
    `set-destination ${webId} -> ${two}`,
  ]);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 0', '10.2.0.99 1']);
  health.set(web, two, 'up');
  const back = await always(t, kernel, { health });
  t.deepEqual(back, [
    `set-destination ${webId} -> ${one}`,
    `set-destination ${webId} -> ${two}`,
    `set-destination ${sorryId}`,
  ]);
  t.deepEqual(
    await weights(kernel),
    ['10.2.0.1 1', '10.2.0.2 1', '10.2.0.99 0'],
    'it has connections, and drains',
  );
  health.set(web, two, 'down');
  await always(t, kernel, { health });
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 0', '10.2.0.99 1']);
});

test('the same where destinations that are down are taken away', async (t) => {
  const kernel = await kernelWith(both);
  const policy = { onDown: 'remove', quorum: 2, fallbackDestination: sorry } as const;
  const health = new HealthOverlay(policy);
  health.set(web, two, 'down');
  const gone = await always(t, kernel, { health, ...immediate });
  t.deepEqual(gone, [
    `add-destination ${sorryId}`,
    `remove-destination ${webId} -> ${one}`,
    `remove-destination ${webId} -> ${two}`,
  ]);
  health.set(web, two, 'up');
  t.deepEqual(await always(t, kernel, { health, ...immediate }), [
    `add-destination ${webId} -> ${one}`,
    `add-destination ${webId} -> ${two}`,
    `remove-destination ${sorryId}`,
  ]);
});

test('a fallback destination that is declared as well has the settings of a fallback meanwhile', (t) => {
  const health = new HealthOverlay({ fallbackDestination: { address: '10.2.0.2', weight: 9 } });
  health.set(web, one, 'down');
  t.deepEqual(force(health), ['10.2.0.1 0', '10.2.0.2 1']);
  health.set(web, two, 'down');
  t.deepEqual(force(health), ['10.2.0.1 0', '10.2.0.2 9']);
});

test('a fallback destination that a service cannot have is none', async (t) => {
  const health = new HealthOverlay({ fallbackDestination: sorry });
  const six = { protocol: 'tcp', address: 'fd09::1', port: 80 } as const;
  const services: Services = [{ ...six, destinations: [{ address: 'fd02::1' }] }];
  health.set(six, '[fd02::1]:80', 'down');
  t.deepEqual(force(health, services), ['fd02::1 0']);
  const kernel = await kernelWith();
  t.true((await bring(kernel, services, { health })).ok);
});

test('keepLast: those that were healthy last stay when none is left', (t) => {
  const health = new HealthOverlay({ keepLast: true });
  const three: Services = [{ ...web, destinations: to(1, 2, 3) }];
  t.deepEqual(force(health, three), ['10.2.0.1 1', '10.2.0.2 1', '10.2.0.3 1']);
  health.set(web, one, 'down');
  t.deepEqual(force(health, three), ['10.2.0.1 0', '10.2.0.2 1', '10.2.0.3 1']);
  health.set(web, two, 'down');
  health.set(web, '10.2.0.3:80', 'down');
  t.deepEqual(force(health, three), ['10.2.0.1 0', '10.2.0.2 1', '10.2.0.3 1']);
  health.set(web, one, 'up');
  t.deepEqual(force(health, three), ['10.2.0.1 1', '10.2.0.2 0', '10.2.0.3 0']);
});

test('without keepLast none is left', (t) => {
  const health = new HealthOverlay();
  force(health);
  health.set(web, one, 'down');
  health.set(web, two, 'down');
  t.deepEqual(force(health), ['10.2.0.1 0', '10.2.0.2 0']);
});

test('keepLast gives way to a fallback destination', (t) => {
  const health = new HealthOverlay({ keepLast: true, fallbackDestination: sorry });
  force(health);
  health.set(web, one, 'down');
  health.set(web, two, 'down');
  t.deepEqual(force(health), ['10.2.0.1 0', '10.2.0.2 0', '10.2.0.99 1']);
});

test('a new document keeps the health of destinations, whatever their settings', (t) => {
  const health = new HealthOverlay();
  health.set(web, one, 'down');
  force(health);
  const renewed: Services = [
    {
      ...web,
      scheduler: 'rr',
      destinations: [{ address: '10.2.0.1', weight: 9, forward: 'direct' }, ...to(3)],
    },
  ];
  t.deepEqual(force(health, renewed), ['10.2.0.1 0', '10.2.0.3 1']);
});

test('services can have policies of their own', (t) => {
  const health = new HealthOverlay({ initial: 'down' }, { [mailId]: { onDown: 'remove' } });
  t.deepEqual(force(health), ['10.2.0.1 0', '10.2.0.2 0']);
  t.deepEqual(force(health, [{ ...mail, destinations: to(1) }]), []);
});

test('who listens hears of each change, and of nothing else', (t) => {
  const health = new HealthOverlay();
  const heard: string[] = [];
  const end = health.onChange((service) => heard.push(service));
  health.set(web, one, 'down');
  health.set(web, one, 'down');
  health.set(webId, one, 'up');
  health.set(mail, '10.2.0.1:25', 'up');
  t.deepEqual(heard, [webId, webId, mailId]);
  health.forget(web, two);
  health.forget(mail, '10.2.0.1:25');
  health.forget(web);
  health.forget(web);
  t.deepEqual(heard.slice(3), [mailId, webId]);
  end();
  health.set(web, one, 'down');
  t.is(heard.length, 5);
});

test('what is forgotten counts as unknown', (t) => {
  const health = new HealthOverlay({ initial: 'down' });
  health.set(web, one, 'up');
  health.set(web, two, 'up');
  t.deepEqual(force(health), ['10.2.0.1 1', '10.2.0.2 1']);
  health.forget(web, one);
  t.deepEqual(force(health), ['10.2.0.1 0', '10.2.0.2 1']);
  health.forget(web);
  t.deepEqual(force(health), ['10.2.0.1 0', '10.2.0.2 0']);
});

for (const policy of [
  { onDown: 'drop' },
  { initial: 'unknown' },
  { quorum: 0 },
  { quorum: 1.5 },
  { hysteresis: -1 },
  { keepLast: 'yes' },
  { quorom: 2 },
  { fallbackDestination: { address: 'nonsense' } },
  { fallbackDestination: { address: '10.2.0.1', weight: -1 } },
  { fallbackDestination: {} },
  null,
]) {
  test(`a policy is checked: ${JSON.stringify(policy)}`, (t) => {
    const wrong = { code: 'ERR_IPVS_INVALID_VALUE' };
    t.throws(() => new HealthOverlay(policy as never), wrong);
    t.throws(() => new HealthOverlay({}, { [webId]: policy as never }), wrong);
  });
}

test('and so is what is said', (t) => {
  const health = new HealthOverlay();
  const wrong = { code: 'ERR_IPVS_INVALID_VALUE' };
  t.throws(() => health.set(web, one, 'sideways' as never), wrong);
  t.throws(() => health.set('nonsense', one, 'up'), wrong);
  t.throws(() => health.set(web, 'nonsense', 'up'), wrong);
  t.throws(() => new HealthOverlay({}, { nonsense: {} }), wrong);
});
