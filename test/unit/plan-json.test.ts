import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import {
  diff,
  formatPlan,
  InvalidValueError,
  type PlanJSON,
  planFromJSON,
  planToJSON,
  stringifyPlan,
  ValidationError,
} from 'ipvs';
import { device, everything, plan, web, webId } from './_plan.js';
import { desired, snapshotOf } from './_state.js';
import { someServices } from './_state-arbitraries.js';

const gue = { type: 'gue', port: 6080, checksum: 'full' } as const;
const whole = plan({
  before: [
    {
      ...web,
      scheduler: 'mh',
      persistence: { timeout: 60, netmask: 24 },
      destinations: [{ address: '10.2.0.1' }, { address: '10.2.0.2', weight: 5 }],
    },
    { protocol: 'udp', address: '10.9.0.9', port: 53, destinations: [{ address: '10.2.0.1' }] },
  ],
  after: [
    {
      ...web,
      scheduler: 'mh',
      name: 'web',
      drain: { deadline: '5s' },
      destinations: [{ address: '10.2.0.2', weight: 2 }],
    },
    {
      fwmark: 7,
      family: 'ipv6',
      ignore: ['weight'],
      destinations: [{ address: 'fd02::1', forward: 'tunnel', tunnel: gue }],
    },
    { protocol: 'udp', address: '10.9.0.9', port: 53, ensure: 'absent' },
    { protocol: 'tcp', address: '10.9.0.4', port: 0, persistence: true },
  ],
  scope: { mode: 'exclusive', exclude: [{ cidr: '10.8.0.0/16', ports: [80, [90, 99]] }] },
  rest: {
    vips: { device: 'ipvs0' },
    timeouts: { udp: 60 },
    sysctls: { sync_threshold: [4, 50], drop_entry: 3 },
  },
  actual: {
    ...device('10.9.0.9', '10.9.0.1'),
    timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
    sysctls: { sync_threshold: '3 50', drop_entry: 0, expire_nodest_conn: 0 },
  },
  drain: { poll: '30s' },
  maxRemovals: 0.9,
  record: { version: 1, services: [webId as never], vips: ['10.9.0.1/32 on ipvs0'] },
  drains: [
    {
      service: webId,
      destination: '10.2.0.9:80',
      weightBefore: 1,
      startedAt: 5,
      deadlineAt: 6.5,
    } as never,
  ],
  now: 5.25,
});

/** The plan as anyone may have written it, with changes. */
function tampered(change: (json: never) => void): PlanJSON {
  const json = JSON.parse(stringifyPlan(whole));
  change(json as never);
  return json;
}

test('a plan is the same after it was written and read', (t) => {
  const text = stringifyPlan(whole);
  const read = planFromJSON(text);
  t.deepEqual(read.operations, whole.operations);
  t.deepEqual(read.changes, whole.changes);
  t.deepEqual(read.summary, whole.summary);
  t.deepEqual(read.basis, whole.basis);
  t.deepEqual(read.scope, whole.scope);
  t.deepEqual(read.options, whole.options);
  t.deepEqual(read.diagnostics, whole.diagnostics);
  t.is(stringifyPlan(read), text);
  t.is(formatPlan(read, { operations: true }), formatPlan(whole, { operations: true }));
  t.deepEqual(planFromJSON(planToJSON(whole)), read);
});

test('what should be is kept of what is touched, and all addresses', (t) => {
  const { desired: kept } = planFromJSON(stringifyPlan(whole));
  t.deepEqual(
    kept.services.map(({ id }) => id as string),
    ['tcp/10.9.0.1:80', 'tcp/10.9.0.4:0', 'fwmark/7/ipv6'],
  );
  t.deepEqual(kept.vips?.bind, ['10.9.0.1', '10.9.0.4']);
  t.deepEqual(
    kept.absent.map(({ id }) => id as string),
    ['udp/10.9.0.9:53'],
  );
  const untouched = plan({ before: [web], after: [web] });
  t.deepEqual(planToJSON(untouched).desired.services, []);
});

test('the options of a plan are whole, and the time is not among them', (t) => {
  t.deepEqual(whole.options, {
    drain: { poll: 30_000 },
    maxRemovals: 0.9,
    record: { version: 1, services: [webId], vips: ['10.9.0.1/32 on ipvs0'] },
    drains: [
      {
        service: webId,
        destination: '10.2.0.9:80',
        weightBefore: 1,
        startedAt: 5,
        deadlineAt: 6.5,
      },
    ],
  } as never);
});

function assertSorted(t: ExecutionContext, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) t.deepEqual(Object.keys(value), Object.keys(value).sort());
  for (const part of Object.values(value)) assertSorted(t, part);
}

test('keys are sorted at every level, and the text ends with a newline', (t) => {
  const text = stringifyPlan(whole);
  assertSorted(t, JSON.parse(text));
  t.true(text.endsWith('}\n'));
  t.false(text.endsWith('\n\n'));
  t.is(JSON.stringify(planToJSON(whole)), JSON.stringify(JSON.parse(text)));
});

test('the kind and the version are told', (t) => {
  const { kind, formatVersion } = planToJSON(whole);
  t.is(kind, 'ipvs-plan');
  t.is(formatVersion, '1.0');
});

test('any plan is the same after it was written and read', (t) => {
  fc.assert(
    fc.property(someServices, someServices, (before, after) => {
      const actual = snapshotOf(desired(before));
      const made = diff(desired(after), actual, { scope: everything, allowEmpty: true });
      const text = stringifyPlan(made);
      const read = planFromJSON(text);
      t.deepEqual(read.operations, made.operations);
      t.deepEqual(read.changes, made.changes);
      t.is(stringifyPlan(read), text);
    }),
    { numRuns: 100, seed: Number(process.env['IPVS_TEST_SEED'] ?? 1) },
  );
});

test('what only a kernel can hold can be removed by a plan that was read', (t) => {
  const odd = {
    protocol: 'protocol-47',
    address: '10.9.0.1',
    port: 0,
    id: 'protocol-47/10.9.0.1:0',
    scheduler: 'none',
    schedulerFlags: ['flag-3'],
    onePacket: true,
    unknownFlags: 64,
    destinations: [
      {
        id: '10.2.0.1:0',
        address: '10.2.0.1',
        port: 0,
        forward: 'method-5',
        weight: 3,
        upperThreshold: 1,
        lowerThreshold: 5,
        activeConnections: 1,
        inactiveConnections: 1,
      },
    ],
  };
  const actual = { services: [odd], consistent: true } as never;
  const options = { scope: everything, allowEmpty: true } as const;
  const made = diff(desired([]), actual, options);
  t.deepEqual(planFromJSON(stringifyPlan(made)).operations, made.operations);
});

test('fields of a later minor version are left out', (t) => {
  const read = planFromJSON(
    tampered((json: Record<string, unknown> & { operations: object[]; options: object }) => {
      json['formatVersion'] = '1.7';
      json['mood'] = 'good';
      Object.assign(json.operations[0] as object, { mood: 'good' });
      Object.assign(json.options, { mood: 'good', now: 1, health: {}, scope: {} });
    }),
  );
  t.deepEqual(read.operations, whole.operations);
  t.deepEqual(read.options, whole.options);
  t.false('mood' in read);
});

type Loose = Record<string, never> & {
  operations: Record<string, unknown>[];
  basis: { services: Record<string, unknown>; fingerprint: unknown };
  desired: { services: Record<string, unknown>[]; absent: Record<string, unknown>[] };
  changes: Record<string, unknown>[];
  summary: Record<string, unknown>;
};

const refuses = test.macro({
  exec(t, change: (json: Loose) => void, path: string) {
    const error = t.throws(() => planFromJSON(tampered(change as never)), {
      instanceOf: InvalidValueError,
    });
    t.is(error.path, path);
  },
  title: (name) => `refused: ${name}`,
});

const find = (json: Loose, op: string): Record<string, unknown> =>
  json.operations.find((each) => each['op'] === op) as Record<string, unknown>;
const place = (op: string) => whole.operations.findIndex((each) => each.op === op);
const set = (name: string, value: unknown) => (json: Loose) => {
  (json as Record<string, unknown>)[name] = value;
};
const inOperation = (op: string, name: string, value: unknown) => (json: Loose) => {
  find(json, op)[name] = value;
};
const at = (op: string, name: string) => `operations[${place(op)}].${name}`;

test('another kind', refuses, set('kind', 'ipvs-document'), 'kind');
test('another major version', refuses, set('formatVersion', '2.0'), 'formatVersion');
test('no version', refuses, set('formatVersion', 1), 'formatVersion');
test('a scope that is none', refuses, set('scope', {}), 'scope.mode');
test(
  'a selector that is not known',
  refuses,
  set('scope', { mode: 'selected', include: [{ mood: 1 }] }),
  'scope.include[0].mood',
);
test('options that are none', refuses, set('options', []), 'options');
test(
  'a policy that is none',
  refuses,
  set('options', { drain: { mode: 1 } }),
  'options.drain.mode',
);
test('no operations', refuses, set('operations', {}), 'operations');
test('an operation that is none', refuses, set('operations', [null]), 'operations[0]');
test(
  'an operation that is not known',
  refuses,
  inOperation('add-service', 'op', 'flush'),
  at('add-service', 'op'),
);
test(
  'an operation in a phase of others',
  refuses,
  inOperation('del-service', 'phase', 'create'),
  at('del-service', 'phase'),
);
test(
  'a reason that is not known',
  refuses,
  inOperation('del-dest', 'reason', 'mood'),
  at('del-dest', 'reason'),
);
test(
  'an impact that is not known',
  refuses,
  inOperation('del-dest', 'impact', ['mood']),
  at('del-dest', 'impact[0]'),
);
test(
  'an id twice',
  refuses,
  (json) => {
    Object.assign(json.operations[1] as object, { id: '0001' });
  },
  'operations[1].id',
);
test(
  'an id of another kind',
  refuses,
  inOperation('add-service', 'id', 5),
  at('add-service', 'id'),
);
test(
  'operations that are turned round',
  refuses,
  (json) => {
    json.operations.reverse();
  },
  'operations[0].id',
);
test(
  'operations in another order of phases',
  refuses,
  (json) => {
    json.operations.reverse().forEach((each, index) => {
      each['id'] = String(index + 1).padStart(4, '0');
      each['dependsOn'] = [];
    });
  },
  'operations[1].phase',
);
test(
  'what depends on what comes later',
  refuses,
  inOperation('add-service', 'dependsOn', ['0099']),
  at('add-service', 'dependsOn'),
);
test(
  'another service than the one named',
  refuses,
  inOperation('del-service', 'service', webId),
  at('del-service', 'before'),
);
test(
  'a service that is none',
  refuses,
  inOperation('del-service', 'service', 'web'),
  at('del-service', 'service'),
);
test(
  'a service in another spelling',
  refuses,
  inOperation('del-service', 'service', 'UDP/10.9.0.9:53'),
  at('del-service', 'service'),
);
test(
  'another destination than the one named',
  refuses,
  inOperation('del-dest', 'destination', '10.2.0.7:80'),
  at('del-dest', 'before'),
);
test(
  'a destination that is none',
  refuses,
  inOperation('del-dest', 'destination', null),
  at('del-dest', 'destination'),
);
test(
  'another address than the one named',
  refuses,
  inOperation('unbind-vip', 'address', '10.9.0.7/32 on ipvs0'),
  at('unbind-vip', 'before'),
);
test(
  'another sysctl than the one named',
  refuses,
  inOperation('set-sysctl', 'address', 'conntrack'),
  at('set-sysctl', 'before.name'),
);
test(
  'nothing after a change',
  refuses,
  inOperation('set-service', 'after', null),
  at('set-service', 'after'),
);
test(
  'something after a removal',
  refuses,
  inOperation('del-service', 'after', {}),
  at('del-service', 'after'),
);
test(
  'a weight that is none',
  refuses,
  (json) => {
    Object.assign(find(json, 'add-dest')['after'] as object, { weight: '1' });
  },
  at('add-dest', 'after.weight'),
);
test(
  'flags that are none',
  refuses,
  (json) => {
    Object.assign(find(json, 'add-service')['after'] as object, { schedulerFlags: ['x'] });
  },
  at('add-service', 'after.schedulerFlags[0]'),
);
test(
  'fields that are none',
  refuses,
  inOperation('set-service', 'fields', [{ path: 'x', before: {}, after: { a: [[]] } }]),
  at('set-service', 'fields[0].after'),
);
test(
  'a time that is none',
  refuses,
  inOperation('set-service', 'deferred', { until: 'idle', deadlineMs: -1 }),
  at('set-service', 'deferred.deadlineMs'),
);
test(
  'a touched service without a basis',
  refuses,
  (json) => {
    delete json.basis.services[webId];
  },
  `operations[${whole.operations.findIndex(({ service }) => service === webId)}].service`,
);
test(
  'a basis of another plan',
  refuses,
  (json) => {
    json.basis.services[webId] = 'x';
  },
  'basis.fingerprint',
);
test(
  'a basis of what is no service',
  refuses,
  (json) => {
    json.basis.services['web'] = 'x';
  },
  'basis.services["web"]',
);
test(
  'another number of operations',
  refuses,
  (json) => {
    json.summary['operations'] = 1;
  },
  'summary.operations',
);
test(
  'counts that are none',
  refuses,
  (json) => {
    json.summary['vips'] = { add: 1 };
  },
  'summary.vips.change',
);
test(
  'a change that is none',
  refuses,
  (json) => {
    json.changes[0] = null as never;
  },
  'changes[0]',
);
test(
  'a change of what is not known',
  refuses,
  (json) => {
    json.changes[0] = { kind: 'mood' };
  },
  'changes[0].kind',
);
test('diagnostics that are none', refuses, set('diagnostics', [null]), 'diagnostics[0]');
test(
  'a severity that is none',
  refuses,
  set('diagnostics', [{ severity: 'x' }]),
  'diagnostics[0].severity',
);
test(
  'a service that is none among those desired',
  refuses,
  (json) => {
    json.desired.services[0] = null as never;
  },
  'desired.services[0]',
);
test(
  "an id that is another service's among those desired",
  refuses,
  (json) => {
    Object.assign(json.desired.services[0] as object, { id: 'tcp/10.9.0.7:80' });
  },
  'desired.services[0].id',
);
test(
  'an absent one without an id',
  refuses,
  (json) => {
    json.desired.absent[0] = {};
  },
  'desired.absent[0].id',
);

test('what should be, and cannot, is a validation error', (t) => {
  const error = t.throws(
    () =>
      planFromJSON(
        tampered((json: Loose) => {
          Object.assign(json.desired.services[0] as object, { scheduler: 'NOT ONE' });
        }),
      ),
    { instanceOf: ValidationError },
  );
  t.is(error.issues[0]?.code, 'E_SCHEDULER_NAME');
});

for (const text of ['', '{', 'null', '7', '[]', '"plan"', '[['.repeat(100_000)]) {
  test(`no plan: ${text.slice(0, 8)}`, (t) => {
    const error = t.throws(() => planFromJSON(text), { instanceOf: InvalidValueError });
    t.is(error.path, '');
  });
}

test('deep nests are not climbed', (t) => {
  const nest = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
  const places = [
    'scope',
    'options',
    'basis',
    'summary',
    'changes',
    'operations',
    'desired',
    'diagnostics',
  ];
  for (const name of places) {
    t.throws(() => planFromJSON(tampered(set(name, nest) as never)), {
      instanceOf: InvalidValueError,
    });
  }
  t.notThrows(() => planFromJSON(tampered(set('mood', nest) as never)));
});

test('no text reaches a prototype', (t) => {
  const text = stringifyPlan(whole).replaceAll(
    '{',
    '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}},',
  );
  t.throws(() => planFromJSON(text.replaceAll(/,\s*}/g, '}')));
  t.is(({} as { polluted?: boolean }).polluted, undefined);
  const odd = { ...whole, options: JSON.parse('{"__proto__": {"polluted": true}}') };
  t.is((planToJSON(odd).options as { polluted?: boolean }).polluted, undefined);
});

/** All places of a value, deepest last. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, part]) => places(part, [...path, name]))];
}

const everywhere = places(JSON.parse(stringifyPlan(whole))).slice(1);

test('whatever stands wherever, a plan is read and can be told, or is refused in words', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...everywhere), fc.anything(), (path, value) => {
      const json = tampered((root: never) => {
        let object = root as Record<string, unknown>;
        for (const name of path.slice(0, -1)) object = object[name] as Record<string, unknown>;
        object[path.at(-1) as string] = value;
      });
      try {
        const read = planFromJSON(json);
        formatPlan(read, { verbose: true, operations: true, color: true });
        planFromJSON(stringifyPlan(read));
      } catch (error) {
        const isRefused = error instanceof InvalidValueError || error instanceof ValidationError;
        if (!isRefused) throw error;
      }
      t.pass();
    }),
    { numRuns: 2000, seed: Number(process.env['IPVS_TEST_SEED'] ?? 1) },
  );
});
