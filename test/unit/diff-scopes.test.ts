import test from 'ava';
import { InvalidValueError, type Plan, type Scope, type Selector } from 'ipvs';
import { type Case, dns, everything, lines, notes, plan, web, webId } from './_plan.js';

const six = { protocol: 'tcp', address: 'fd09::1', port: 443 } as const;
const mark = { fwmark: 7 } as const;
const mark6 = { fwmark: 9, family: 'ipv6' } as const;
const sctp = { protocol: 'sctp', address: '10.10.0.1', port: 36 } as const;
const all = [web, dns, six, mark, mark6, sctp];

const removed = ({ operations }: Plan) =>
  operations.filter(({ op }) => op === 'del-service').map(({ service }) => String(service));

const ids = {
  web: webId,
  dns: 'udp/10.9.0.2:53',
  sctp: 'sctp/10.10.0.1:36',
  six: 'tcp/[fd09::1]:443',
  mark: 'fwmark/7/ipv4',
  mark6: 'fwmark/9/ipv6',
};

const selects = test.macro({
  exec(t, include: readonly Selector[], expected: readonly (keyof typeof ids)[]) {
    const made = plan({ before: all, scope: { mode: 'selected', include }, allowEmpty: true });
    t.deepEqual(
      removed(made),
      expected.map((name) => ids[name]),
    );
    t.is(made.summary.unmanagedServices, all.length - expected.length);
    const excluded = plan({
      before: all,
      scope: { mode: 'exclusive', exclude: include },
      allowEmpty: true,
    });
    const others = (Object.keys(ids) as (keyof typeof ids)[]).filter(
      (name) => !expected.includes(name),
    );
    t.deepEqual(
      removed(excluded),
      others.map((name) => ids[name]),
    );
  },
  title: (_, include: readonly Selector[], expected: readonly string[]) =>
    `${JSON.stringify(include)} selects ${expected.join(', ') || 'nothing'}`,
});

test(selects, [], []);
test(selects, [{}], ['web', 'dns', 'sctp', 'six', 'mark', 'mark6']);
test(selects, [{ cidr: '10.9.0.0/24' }], ['web', 'dns']);
test(selects, [{ cidr: '10.9.0.1' }], ['web']);
test(selects, [{ cidr: '10.9.0.1/31' }], ['web']);
test(selects, [{ cidr: '10.9.0.0/30' }], ['web', 'dns']);
test(selects, [{ cidr: '10.8.0.0/14' }], ['web', 'dns', 'sctp']);
test(selects, [{ cidr: '0.0.0.0/0' }], ['web', 'dns', 'sctp']);
test(selects, [{ cidr: '::/0' }], ['six']);
test(selects, [{ cidr: 'fd09::/64' }], ['six']);
test(selects, [{ cidr: 'fd09::1' }], ['six']);
test(selects, [{ cidr: 'fd09::2/127' }], []);
test(selects, [{ ports: [53, [400, 500]] }], ['dns', 'six']);
test(selects, [{ ports: [] }], []);
test(selects, [{ protocol: 'udp' }], ['dns']);
test(selects, [{ protocol: 'tcp' }], ['web', 'six']);
test(selects, [{ protocol: 'sctp' }], ['sctp']);
test(selects, [{ fwmark: 7 }], ['mark']);
test(selects, [{ fwmark: [1, 8] }], ['mark']);
test(selects, [{ fwmark: [1, 0xffffffff] }], ['mark', 'mark6']);
test(selects, [{ family: 'ipv6' }], ['six', 'mark6']);
test(selects, [{ family: 'ipv4' }], ['web', 'dns', 'sctp', 'mark']);
test(selects, [{ family: 'ipv6', fwmark: [1, 100] }], ['mark6']);
test(selects, [{ cidr: '10.0.0.0/8', protocol: 'tcp' }], ['web']);
test(selects, [{ cidr: '0.0.0.0/0', fwmark: 7 }], []);
test(selects, [{ protocol: 'udp' }, { fwmark: 7 }], ['dns', 'mark']);

test('what is excluded stays, although it is included', (t) => {
  const scope: Scope = {
    mode: 'selected',
    include: [{ cidr: '10.0.0.0/8' }],
    exclude: [{ protocol: 'udp' }],
  };
  t.deepEqual(removed(plan({ before: all, scope, allowEmpty: true })), [ids.web, ids.sctp]);
});

test('what is not declared stays, unless the record has it or it should be absent', (t) => {
  t.deepEqual(lines(plan({ before: all })), []);
  const record = { version: 1, services: ['TCP/10.9.0.1:80'], vips: [] } as never;
  t.deepEqual(lines(plan({ before: all, record })), [`remove-service del-service ${webId}`]);
  const after = [{ ...dns, ensure: 'absent' }] as const;
  const { operations, summary } = plan({ before: all, after, record });
  t.deepEqual(
    operations.map(({ service, reason }) => [service as string, reason as string]),
    [
      [webId, 'undeclared'],
      [ids.dns, 'absent'],
    ],
  );
  t.is(summary.unmanagedServices, 4);
});

test('what should be absent and is so takes nothing', (t) => {
  t.deepEqual(lines(plan({ after: [{ ...web, ensure: 'absent' }] })), []);
});

test('a service that goes with its own policy', (t) => {
  const before = [{ ...web, destinations: [{ address: '10.2.0.1' }] }];
  const absent = { ...web, ensure: 'absent', drain: { mode: 'immediate' } } as const;
  t.deepEqual(lines(plan({ before, after: [absent] })), [`remove-service del-service ${webId}`]);
});

test('what is out of scope is not touched, whatever the record says', (t) => {
  const scope: Scope = { mode: 'selected', include: [{ protocol: 'udp' }] };
  const record = { version: 1, services: [webId as never], vips: [] } as const;
  t.deepEqual(lines(plan({ before: [web], scope, record, allowEmpty: true })), []);
});

const fails = test.macro({
  exec(t, made: Case, expected: readonly string[]) {
    const { diagnostics } = plan(made);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    t.deepEqual(notes({ diagnostics: errors } as never), expected as string[]);
  },
  title: (name) => name ?? '',
});

const udp: Scope = { mode: 'selected', include: [{ protocol: 'udp' }] };
test('a declared service out of scope', fails, { after: [dns, web], scope: udp }, [
  `E_OUT_OF_SCOPE ${webId}`,
]);
test(
  'a service that should be absent out of scope',
  fails,
  { after: [dns, { ...web, ensure: 'absent' }], scope: udp },
  [`E_OUT_OF_SCOPE ${webId}`],
);
test(
  'a declared service that is excluded',
  fails,
  { after: [dns], scope: { mode: 'exclusive', exclude: [{ ports: [53] }] } },
  [`E_OUT_OF_SCOPE ${ids.dns}`],
);
test('an empty document in a scope that is declared', fails, { before: [web] }, []);
test('an empty document', fails, { before: [web], scope: everything }, ['E_EMPTY_DESIRED']);
test('an empty document where nothing is', fails, { scope: udp }, ['E_EMPTY_DESIRED']);
test(
  'a document with nothing but what should be absent',
  fails,
  { after: [{ ...web, ensure: 'absent' }], scope: everything },
  ['E_EMPTY_DESIRED'],
);
test(
  'an empty document that is meant',
  fails,
  { before: [web], scope: everything, allowEmpty: true },
  [],
);

const four = [80, 81, 82, 83].map((port) => ({ ...web, port }));
const limit = (maxRemovals: number, left: number): Case => ({
  before: four,
  after: four.slice(0, left),
  scope: everything,
  maxRemovals,
});
test('two removals of two', fails, limit(2, 2), []);
test('three removals of two', fails, limit(2, 1), ['E_DELETE_LIMIT']);
test('one removal of none', fails, limit(0, 3), ['E_DELETE_LIMIT']);
test('one removal of one', fails, limit(1, 3), []);
test('two removals of one', fails, limit(1, 2), ['E_DELETE_LIMIT']);
test('a half of four', fails, limit(0.5, 2), []);
test('more than a half of four', fails, limit(0.5, 1), ['E_DELETE_LIMIT']);
test('a fraction that comes to less than one', fails, limit(0.2, 3), ['E_DELETE_LIMIT']);
test('no removal', fails, limit(0, 4), []);
test(
  'new services are not among those managed',
  fails,
  {
    ...limit(0.5, 1),
    after: [four[0] as (typeof four)[0], ...[90, 91, 92].map((port) => ({ ...web, port }))],
  },
  ['E_DELETE_LIMIT'],
);

test('every operation that is not allowed is named', (t) => {
  const { diagnostics, operations } = plan({
    before: [{ ...web, destinations: [{ address: '10.2.0.1' }] }, dns],
    after: [{ ...web, destinations: [{ address: '10.2.0.2' }] }],
    scope: everything,
    allow: ['add-dest'],
  });
  t.is(operations.length, 4);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  t.deepEqual(
    errors.map(({ code, address, message }) => [
      code as string,
      address,
      /operation (\S+),/.exec(message)?.[1],
    ]),
    [
      ['E_NOT_ALLOWED', `${webId} -> 10.2.0.1:80`, 'set-dest'],
      ['E_NOT_ALLOWED', `${webId} -> 10.2.0.1:80`, 'del-dest'],
      ['E_NOT_ALLOWED', ids.dns, 'del-service'],
    ],
  );
});

const refuses = test.macro({
  exec(t, options: object, path: string) {
    const error = t.throws(() => plan(options as Case), { instanceOf: InvalidValueError });
    t.is(error.path, path);
  },
  title: (_, options: object) => `${JSON.stringify(options)} is refused`,
});
const include = (selector: unknown) => ({ scope: { mode: 'selected', include: [selector] } });

test(refuses, { scope: 'declared' }, 'scope');
test(refuses, { scope: null }, 'scope');
test(refuses, { scope: {} }, 'scope.mode');
test(refuses, { scope: { mode: 'all' } }, 'scope.mode');
test(refuses, { scope: { mode: 'selected' } }, 'scope.include');
test(refuses, { scope: { mode: 'exclusive', exclude: {} } }, 'scope.exclude');
test(refuses, include(null), 'scope.include[0]');
test(refuses, include('10.9.0.0/24'), 'scope.include[0]');
test(refuses, include({ port: 80 }), 'scope.include[0].port');
test(refuses, include({ cidr: '10.9.0.0/33' }), 'scope.include[0].cidr');
test(refuses, include({ cidr: '10.9/16' }), 'scope.include[0].cidr');
test(refuses, include({ cidr: 7 }), 'scope.include[0].cidr');
test(refuses, include({ ports: 80 }), 'scope.include[0].ports');
test(refuses, include({ ports: [null] }), 'scope.include[0].ports[0]');
test(refuses, include({ ports: [{}] }), 'scope.include[0].ports[0]');
test(refuses, include({ ports: ['80'] }), 'scope.include[0].ports[0]');
test(refuses, include({ ports: [65_536] }), 'scope.include[0].ports[0]');
test(refuses, include({ ports: [[90, 80]] }), 'scope.include[0].ports[0]');
test(refuses, include({ ports: [[80]] }), 'scope.include[0].ports[0]');
test(refuses, include({ ports: [[80, 90, 100]] }), 'scope.include[0].ports[0]');
test(refuses, include({ protocol: 'icmp' }), 'scope.include[0].protocol');
test(refuses, include({ fwmark: 0 }), 'scope.include[0].fwmark');
test(refuses, include({ fwmark: null }), 'scope.include[0].fwmark');
test(refuses, include({ family: 4 }), 'scope.include[0].family');
test(refuses, { maxRemovals: -1 }, 'maxRemovals');
test(refuses, { maxRemovals: Number.NaN }, 'maxRemovals');
test(refuses, { maxRemovals: 1.5 }, 'maxRemovals');
test(refuses, { maxRemovals: '10%' }, 'maxRemovals');
test(refuses, { allow: ['add-dests'] }, 'allow[0]');
test(refuses, { allow: 'add-dest' }, 'allow');
test(refuses, { ignore: ['scheduler'] }, 'ignore[0]');
test(refuses, { allowEmpty: 'yes' }, 'allowEmpty');
test(refuses, { drain: { deadline: 'soon' } }, 'drain.deadline');
test(refuses, { drain: { mode: 'slow' } }, 'drain.mode');
test(refuses, { now: Number.NaN }, 'now');
test(refuses, { health: {} }, 'health');
test(refuses, { record: { version: 2, services: [], vips: [] } }, 'record.version');
test(refuses, { record: { version: 1, services: ['web'], vips: [] } }, 'record.services[0]');
test(refuses, { record: { version: 1, services: [], vips: [1] } }, 'record.vips[0]');
test(refuses, { drains: {} }, 'drains');
test(refuses, { drains: [{ service: webId }] }, 'drains[0].destination');
test(
  refuses,
  {
    drains: [
      {
        service: webId,
        destination: '10.2.0.1:80',
        weightBefore: 1,
        startedAt: 1,
        deadlineAt: '2',
      },
    ],
  },
  'drains[0].deadlineAt',
);
