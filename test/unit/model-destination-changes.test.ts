import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import {
  applyDestinationChanges,
  type CompleteDestinationChanges,
  checkDestinationChanges,
  checkDestinationSpec,
} from '#lib/model/destination.js';
import { formatDestinationId, parseDestinationId } from '#lib/model/destination-id.js';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import { CollectingReport, type Report, throwingReport } from '#lib/model/report.js';
import { formatServiceId, parseServiceId } from '#lib/model/service-id.js';
import type { Destination } from '../../types/destination.js';
import { destinationSpec } from './_model-arbitraries.js';
import { acceptsWith, refusesWith } from './_model-macros.js';

const web = parseServiceId('tcp/10.0.0.1:80');
const mark = parseServiceId('fwmark/7/ipv4');
const samePort = parseDestinationId('10.1.0.5:80');
const otherPort = parseDestinationId('10.1.0.5:8080');
const otherFamily = parseDestinationId('[fd02::2]:80');

function on(service: typeof web, key: typeof samePort) {
  const check = (input: unknown, report: Report) =>
    checkDestinationChanges(input, key, service, report, '');
  const place = `${formatServiceId(service)} -> ${formatDestinationId(key)}`;
  return { accepts: acceptsWith(check, place), refuses: refusesWith(check, place) };
}

const { accepts, refuses } = on(web, samePort);

test(accepts, {}, {});
test(accepts, { weight: undefined, typo: undefined, port: undefined }, {});
test(accepts, { weight: 0 }, { weight: 0 });
test(accepts, { forward: 'dr' }, { forward: 'direct' });
test(accepts, { upperThreshold: 5 }, { upperThreshold: 5 });
test(accepts, { lowerThreshold: 5 }, { lowerThreshold: 5 });
test(accepts, { tunnel: {} }, { tunnel: {} });
test(accepts, { tunnel: { port: 6080 } }, { tunnel: { port: 6080 } });
test(accepts, { tunnel: { checksum: 'remote' } }, { tunnel: { checksum: 'remote' } });
test(
  accepts,
  { forward: 'tunnel', tunnel: { type: 'gre' } },
  { forward: 'tunnel', tunnel: { type: 'gre' } },
);
test(
  on(web, otherPort).accepts,
  { forward: 'masquerade', weight: 5 },
  { forward: 'masquerade', weight: 5 },
);
test(on(mark, otherPort).accepts, { forward: 'direct' }, { forward: 'direct' });
test(on(web, otherFamily).accepts, { forward: 'tunnel' }, { forward: 'tunnel' });

const identity = 'no part of the identity, which cannot change';
test(refuses, null, ['E_SCHEMA', '', 'an object of changes']);
test(
  refuses,
  { address: '10.1.0.5', port: 80 },
  ['E_IDENTITY', '/address', identity],
  ['E_IDENTITY', '/port', identity],
);
test(refuses, { id: '10.1.0.5:80' }, ['E_SCHEMA', '/id', 'no field of this name']);
test(refuses, { scheduler: 'rr' }, ['E_SCHEMA', '/scheduler', 'no field of this name']);
test(refuses, { weight: null }, ['E_WEIGHT', '/weight']);
test(refuses, { forward: 'local' }, ['E_FORWARD', '/forward']);
test(refuses, { upperThreshold: -1 }, ['E_THRESHOLD', '/upperThreshold']);
test(refuses, { lowerThreshold: '1' }, ['E_THRESHOLD', '/lowerThreshold']);
test(refuses, { tunnel: { port: 0 } }, ['E_TUNNEL', '/tunnel/port']);
test(refuses, { tunnel: 'gue' }, ['E_TUNNEL', '/tunnel']);
test(refuses, { forward: 'direct', tunnel: { type: 'gre' } }, [
  'E_TUNNEL',
  '/tunnel',
  'no tunnel with forward direct',
]);
test(on(web, otherPort).refuses, { forward: 'direct' }, ['E_DEST_PORT', '/forward']);
test(on(web, otherPort).refuses, { forward: 'tunnel' }, ['E_DEST_PORT', '/forward']);
test(on(web, otherFamily).refuses, { forward: 'masquerade' }, ['E_FAMILY_MIX', '/forward']);
test(on(web, otherFamily).refuses, { forward: 'direct' }, ['E_FAMILY_MIX', '/forward']);

const plain: Destination = {
  address: '10.1.0.5',
  port: 80,
  forward: 'masquerade',
  weight: 3,
  upperThreshold: 10,
  lowerThreshold: 5,
};
const gue: Destination = {
  ...plain,
  forward: 'tunnel',
  tunnel: { type: 'gue', port: 6080, checksum: 'remote' },
};
const gre: Destination = { ...plain, forward: 'tunnel', tunnel: { type: 'gre', checksum: 'full' } };
const strange: Destination = {
  ...plain,
  forward: 'tunnel',
  tunnel: { type: 'type-5', port: 7, checksum: 'checksum-9' },
};
const bypass: Destination = { ...plain, forward: 'bypass' };

const becomes = test.macro({
  exec(
    t: ExecutionContext,
    _what: string,
    current: Destination,
    changes: CompleteDestinationChanges,
    difference: object,
  ) {
    const report = new CollectingReport();
    const destination = applyDestinationChanges(current, changes, report, '');
    t.deepEqual(report.issues, []);
    const expected: Record<string, unknown> = { ...current, ...difference };
    for (const name of Object.keys(expected))
      if (expected[name] === undefined) delete expected[name];
    t.deepEqual<unknown, unknown>(destination, expected);
  },
  title: (_, what, _current, changes) => `a ${what} destination takes ${JSON.stringify(changes)}`,
});

test(becomes, 'masqueraded', plain, {}, {});
test(becomes, 'masqueraded', plain, { weight: 0 }, { weight: 0 });
test(becomes, 'masqueraded', plain, { forward: 'direct' }, { forward: 'direct' });
test(becomes, 'masqueraded', plain, { lowerThreshold: 10 }, { lowerThreshold: 10 });
test(becomes, 'masqueraded', plain, { upperThreshold: 5 }, { upperThreshold: 5 });
test(
  becomes,
  'masqueraded',
  plain,
  { upperThreshold: 3, lowerThreshold: 2 },
  { upperThreshold: 3, lowerThreshold: 2 },
);
test(
  becomes,
  'masqueraded',
  plain,
  { forward: 'tunnel' },
  { forward: 'tunnel', tunnel: { type: 'ipip', checksum: 'none' } },
);
test(
  becomes,
  'masqueraded',
  plain,
  { forward: 'tunnel', tunnel: { type: 'gue', port: 1 } },
  { forward: 'tunnel', tunnel: { type: 'gue', port: 1, checksum: 'none' } },
);
test(becomes, 'tunnelled', gue, { weight: 5 }, { weight: 5 });
test(becomes, 'tunnelled', gue, { forward: 'tunnel' }, {});
test(
  becomes,
  'tunnelled',
  gue,
  { forward: 'masquerade' },
  { forward: 'masquerade', tunnel: undefined },
);
test(becomes, 'tunnelled', gue, { tunnel: {} }, {});
test(
  becomes,
  'tunnelled',
  gue,
  { tunnel: { port: 7 } },
  { tunnel: { type: 'gue', port: 7, checksum: 'remote' } },
);
test(
  becomes,
  'tunnelled',
  gue,
  { tunnel: { checksum: 'none' } },
  { tunnel: { type: 'gue', port: 6080, checksum: 'none' } },
);
test(
  becomes,
  'tunnelled',
  gue,
  { tunnel: { type: 'gue', checksum: 'full' } },
  { tunnel: { type: 'gue', port: 6080, checksum: 'full' } },
);
test(
  becomes,
  'tunnelled',
  gue,
  { tunnel: { type: 'gre' } },
  { tunnel: { type: 'gre', checksum: 'none' } },
);
test(
  becomes,
  'tunnelled',
  gre,
  { tunnel: { type: 'gue', port: 1 } },
  { tunnel: { type: 'gue', port: 1, checksum: 'none' } },
);
test(becomes, 'strangely tunnelled', strange, { weight: 0 }, { weight: 0 });
test(
  becomes,
  'strangely tunnelled',
  strange,
  { tunnel: { checksum: 'none' } },
  { tunnel: { type: 'type-5', port: 7, checksum: 'none' } },
);
test(
  becomes,
  'strangely tunnelled',
  strange,
  { tunnel: { type: 'ipip' } },
  { tunnel: { type: 'ipip', checksum: 'none' } },
);
test(becomes, 'bypassed', bypass, { weight: 5 }, { weight: 5 });
test(becomes, 'bypassed', bypass, { forward: 'direct' }, { forward: 'direct' });

const doesNotBecome = test.macro({
  exec(
    t: ExecutionContext,
    _what: string,
    current: Destination,
    changes: CompleteDestinationChanges,
    message: string,
  ) {
    t.throws(() => applyDestinationChanges(current, changes, throwingReport, ''), {
      instanceOf: InvalidValueError,
      message,
    });
    const report = new CollectingReport();
    t.is(applyDestinationChanges(current, changes, report, ''), undefined);
    t.is(report.errorCount, 1);
  },
  title: (_, what, _current, changes) => `a ${what} destination refuses ${JSON.stringify(changes)}`,
});

test(
  doesNotBecome,
  'masqueraded',
  plain,
  { lowerThreshold: 11 },
  'lowerThreshold: expected at most the upper threshold, 10, got 11',
);
test(
  doesNotBecome,
  'masqueraded',
  plain,
  { upperThreshold: 4 },
  'upperThreshold: expected at least the lower threshold, 5, got 4',
);
test(
  doesNotBecome,
  'masqueraded',
  plain,
  { upperThreshold: 0 },
  'upperThreshold: expected at least the lower threshold, 5, got 0',
);
test(
  doesNotBecome,
  'masqueraded',
  plain,
  { upperThreshold: 1, lowerThreshold: 2 },
  'lowerThreshold: expected at most the upper threshold, 1, got 2',
);
test(
  doesNotBecome,
  'masqueraded',
  plain,
  { tunnel: { type: 'gre' } },
  'tunnel: expected no tunnel with forward masquerade, got an object',
);
test(
  doesNotBecome,
  'bypassed',
  bypass,
  { tunnel: {} },
  'tunnel: expected no tunnel with forward bypass, got an object',
);
test(
  doesNotBecome,
  'tunnelled',
  gre,
  { tunnel: { type: 'gue' } },
  'tunnel.port: expected a port from 1 to 65535, which gue needs, got undefined',
);
test(
  doesNotBecome,
  'tunnelled',
  gre,
  { tunnel: { port: 5 } },
  'tunnel.port: expected no port with type gre, got 5',
);
test(
  doesNotBecome,
  'tunnelled',
  gre,
  { tunnel: { checksum: 'remote' } },
  'tunnel.checksum: expected none or full with type gre, got "remote"',
);
test(
  doesNotBecome,
  'tunnelled',
  gue,
  { tunnel: { type: 'ipip', port: 5 } },
  'tunnel.port: expected no port with type ipip, got 5',
);

test('a listed destination is changed without what only the kernel knows', (t) => {
  const listed = { ...plain, id: '10.1.0.5:80', activeConnections: 1, stats: {} };
  t.deepEqual(applyDestinationChanges(listed, {}, throwingReport, ''), plain);
});

test('what a change does not name is not judged', (t) => {
  const odd: Destination = { ...plain, port: 8080, forward: 'direct', upperThreshold: 0 };
  t.deepEqual(applyDestinationChanges(odd, { weight: 0 }, throwingReport, ''), {
    ...odd,
    weight: 0,
  });
});

test('to change one destination into the settings of another gives the other', (t) => {
  fc.assert(
    fc.property(destinationSpec, destinationSpec, (first, second) => {
      const from = checkDestinationSpec(first, web, throwingReport, '') as Destination;
      const { address, port } = from;
      const to = checkDestinationSpec(
        { ...second, address, port },
        web,
        new CollectingReport(),
        '',
      );
      if (to === undefined) return;
      const { address: _address, port: _port, ...input } = to;
      const key = { family: 'ipv4' as const, address, port };
      const changes = checkDestinationChanges(input, key, web, throwingReport, '');
      t.deepEqual(
        applyDestinationChanges(from, changes as CompleteDestinationChanges, throwingReport, ''),
        to,
      );
    }),
    { numRuns: 1000 },
  );
});

test('changes can be anything, and are taken or an InvalidValueError', (t) => {
  const names = ['forward', 'weight', 'upperThreshold', 'lowerThreshold', 'tunnel', 'port'];
  const nearly = fc.dictionary(fc.constantFrom(...names), fc.anything());
  fc.assert(
    fc.property(fc.oneof(fc.anything(), nearly), (input) => {
      const report = new CollectingReport();
      const changes = checkDestinationChanges(input, samePort, web, report, '');
      t.is(changes === undefined, report.errorCount > 0);
      if (changes === undefined) {
        t.throws(() => checkDestinationChanges(input, samePort, web, throwingReport, ''), {
          instanceOf: InvalidValueError,
        });
      } else {
        t.deepEqual(checkDestinationChanges(changes, samePort, web, throwingReport, ''), changes);
      }
    }),
    { numRuns: 2000 },
  );
});
