import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import { CollectingReport, throwingReport } from '#lib/model/report.js';
import {
  applyServiceChanges,
  type CompleteServiceChanges,
  checkServiceChanges,
  checkServiceSpec,
} from '#lib/model/service.js';
import { formatServiceId, keyOfService, parseServiceId } from '#lib/model/service-id.js';
import type { Service } from '../../types/service.js';
import { serviceSpec } from './_model-arbitraries.js';
import { acceptsWith, refusesWith } from './_model-macros.js';

const tcp = parseServiceId('tcp/10.0.0.1:80');
const udp = parseServiceId('udp/10.0.0.1:53');
const tcp6 = parseServiceId('tcp/[fd09::1]:80');
const everyPort = parseServiceId('tcp/10.0.0.1:0');
const mark = parseServiceId('fwmark/7/ipv6');
const gre = parseServiceId('protocol-47/10.0.0.1:0');

const on = (key: typeof tcp) => ({
  accepts: acceptsWith(
    (input, report) => checkServiceChanges(input, key, report, ''),
    formatServiceId(key),
  ),
  refuses: refusesWith(
    (input, report) => checkServiceChanges(input, key, report, ''),
    formatServiceId(key),
  ),
});
const { accepts, refuses } = on(tcp);

test(accepts, {}, {});
test(accepts, { scheduler: undefined, typo: undefined, port: undefined }, {});
test(accepts, { scheduler: 'rr' }, { scheduler: 'rr' });
test(accepts, { schedulerFlags: ['mh-port', 'flag-1'] }, { schedulerFlags: ['mh-port', 'flag-1'] });
test(accepts, { persistence: true }, { persistence: true });
test(accepts, { persistence: false }, { persistence: false });
test(accepts, { persistence: {} }, { persistence: {} });
test(accepts, { persistence: { netmask: 24 } }, { persistence: { netmask: '255.255.255.0' } });
test(accepts, { persistence: { engine: '' } }, { persistence: { engine: '' } });
test(accepts, { onePacket: false }, { onePacket: false });
test(on(tcp6).accepts, { persistence: { netmask: 64 } }, { persistence: { netmask: 64 } });
test(on(udp).accepts, { persistence: { engine: 'sip' } }, { persistence: { engine: 'sip' } });
test(on(udp).accepts, { onePacket: true }, { onePacket: true });
test(
  on(mark).accepts,
  { persistence: false, onePacket: true },
  { persistence: false, onePacket: true },
);
test(
  on(everyPort).accepts,
  { scheduler: 'lc', persistence: { timeout: 5 } },
  { scheduler: 'lc', persistence: { timeout: 5 } },
);
test(on(gre).accepts, { scheduler: 'dh' }, { scheduler: 'dh' });

const identity = 'no part of the identity, which cannot change';
test(refuses, undefined, ['E_SCHEMA', '', 'an object of changes']);
test(refuses, [], ['E_SCHEMA', '', 'an object of changes']);
test(refuses, { port: 81 }, ['E_IDENTITY', '/port', identity]);
test(
  refuses,
  { protocol: 'tcp', address: '10.0.0.1', port: 80, fwmark: 7, family: 'ipv4' },
  ['E_IDENTITY', '/protocol', identity],
  ['E_IDENTITY', '/address', identity],
  ['E_IDENTITY', '/port', identity],
  ['E_IDENTITY', '/fwmark', identity],
  ['E_IDENTITY', '/family', identity],
);
test(refuses, { id: 'tcp/10.0.0.1:80' }, ['E_SCHEMA', '/id', 'no field of this name']);
test(refuses, { weight: 5 }, ['E_SCHEMA', '/weight', 'no field of this name']);
test(refuses, { scheduler: null }, ['E_SCHEDULER_NAME', '/scheduler']);
test(refuses, { scheduler: 'none' }, ['E_SCHEDULER_NAME', '/scheduler']);
test(refuses, { schedulerFlags: ['x'] }, ['E_SCHEDULER_FLAGS', '/schedulerFlags/0']);
test(refuses, { scheduler: 'sh', schedulerFlags: ['mh-port'] }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags/0',
]);
test(refuses, { persistence: { timeout: 0 } }, ['E_PERSISTENCE_TIMEOUT', '/persistence/timeout']);
test(refuses, { persistence: { netmask: 64 } }, ['E_NETMASK', '/persistence/netmask']);
test(refuses, { persistence: { engine: 'sip' } }, ['E_ENGINE', '/persistence/engine']);
test(refuses, { persistence: { engine: null } }, ['E_ENGINE', '/persistence/engine']);
test(refuses, { onePacket: true }, ['E_ONE_PACKET', '/onePacket']);
test(on(gre).refuses, { onePacket: true }, ['E_ONE_PACKET', '/onePacket']);
test(on(everyPort).refuses, { persistence: false }, ['E_PORT_ZERO', '/persistence']);

test('scheduler none can be changed to where it is allowed', (t) => {
  const options = { allowNoScheduler: true };
  t.deepEqual(checkServiceChanges({ scheduler: 'none' }, tcp, throwingReport, '', options), {
    scheduler: 'none',
  });
});

const plain: Service = {
  protocol: 'tcp',
  address: '10.0.0.1',
  port: 80,
  scheduler: 'mh',
  schedulerFlags: ['mh-port'],
  onePacket: false,
};
const sticky: Service = {
  protocol: 'udp',
  address: '10.0.0.1',
  port: 53,
  scheduler: 'rr',
  schedulerFlags: [],
  persistence: { timeout: 60, netmask: '255.255.255.0', engine: 'sip' },
  onePacket: true,
};

const becomes = test.macro({
  exec(t: ExecutionContext, current: Service, changes: CompleteServiceChanges, difference: object) {
    const report = new CollectingReport();
    const service = applyServiceChanges(current, changes, report, '');
    t.deepEqual(report.issues, []);
    const expected: Record<string, unknown> = { ...current, ...difference };
    for (const name of Object.keys(expected))
      if (expected[name] === undefined) delete expected[name];
    t.deepEqual<unknown, unknown>(service, expected);
  },
  title: (_, current, changes) =>
    `a service with ${current.scheduler} takes ${JSON.stringify(changes)}`,
});

test(becomes, plain, {}, {});
test(becomes, sticky, {}, {});
test(becomes, plain, { scheduler: 'sh' }, { scheduler: 'sh', schedulerFlags: ['sh-port'] });
test(becomes, plain, { scheduler: 'rr' }, { scheduler: 'rr', schedulerFlags: ['flag-2'] });
test(becomes, plain, { schedulerFlags: [] }, { schedulerFlags: [] });
test(
  becomes,
  plain,
  { schedulerFlags: ['flag-1', 'mh-port'] },
  { schedulerFlags: ['mh-fallback', 'mh-port'] },
);
test(
  becomes,
  plain,
  { scheduler: 'sh', schedulerFlags: ['sh-fallback'] },
  { scheduler: 'sh', schedulerFlags: ['sh-fallback'] },
);
test(
  becomes,
  plain,
  { persistence: true },
  { persistence: { timeout: 360, netmask: '255.255.255.255' } },
);
test(
  becomes,
  plain,
  { persistence: {} },
  { persistence: { timeout: 360, netmask: '255.255.255.255' } },
);
test(
  becomes,
  plain,
  { persistence: { timeout: 5, engine: 'own' } },
  { persistence: { timeout: 5, netmask: '255.255.255.255', engine: 'own' } },
);
test(
  becomes,
  plain,
  { persistence: { engine: '' } },
  { persistence: { timeout: 360, netmask: '255.255.255.255' } },
);
test(becomes, plain, { persistence: false }, {});
test(becomes, sticky, { persistence: {} }, {});
test(
  becomes,
  sticky,
  { persistence: true },
  { persistence: { timeout: 360, netmask: '255.255.255.255' } },
);
test(becomes, sticky, { persistence: false }, { persistence: undefined });
test(
  becomes,
  sticky,
  { persistence: { timeout: 5 } },
  { persistence: { timeout: 5, netmask: '255.255.255.0', engine: 'sip' } },
);
test(
  becomes,
  sticky,
  { persistence: { engine: '' } },
  { persistence: { timeout: 60, netmask: '255.255.255.0' } },
);
test(becomes, sticky, { onePacket: false }, { onePacket: false });
test(becomes, { ...sticky, scheduler: 'lc', schedulerFlags: ['flag-1'] }, {}, {});

test('a mark service keeps its family, and takes the defaults of it', (t) => {
  const service: Service = {
    fwmark: 7,
    family: 'ipv6',
    scheduler: 'wlc',
    schedulerFlags: [],
    onePacket: false,
  };
  t.deepEqual(applyServiceChanges(service, { persistence: true }, throwingReport, ''), {
    ...service,
    persistence: { timeout: 360, netmask: 128 },
  });
});

test('a listed service is changed without what only the kernel knows', (t) => {
  const listed = { ...plain, id: 'tcp/10.0.0.1:80', stats: {} };
  t.deepEqual(applyServiceChanges(listed, {}, throwingReport, ''), plain);
});

test('what a change does not name is not judged', (t) => {
  const odd: Service = {
    protocol: 'protocol-47',
    address: '::ffff:10.0.0.1',
    port: 0,
    scheduler: 'none',
    schedulerFlags: ['flag-3'],
    persistence: { timeout: 0, netmask: '255.0.255.0', engine: 'sip' },
    onePacket: true,
  };
  t.deepEqual(applyServiceChanges(odd, { persistence: { timeout: 5 } }, throwingReport, ''), {
    ...odd,
    persistence: { timeout: 5, netmask: '255.0.255.0', engine: 'sip' },
  });
});

test('named flags are judged by the scheduler in force', (t) => {
  const report = new CollectingReport();
  t.is(
    applyServiceChanges(plain, { schedulerFlags: ['flag-1', 'sh-port'] }, report, ''),
    undefined,
  );
  t.like(report.issues, [
    { code: 'E_SCHEDULER_FLAGS', path: '/schedulerFlags/1', value: 'sh-port' },
  ]);
  t.throws(() => applyServiceChanges(plain, { schedulerFlags: ['sh-port'] }, throwingReport, ''), {
    instanceOf: InvalidValueError,
    message: 'schedulerFlags[0]: expected a flag of mh, or flag-1, flag-2 or flag-3, got "sh-port"',
  });
});

test('generic flags under a scheduler that has none are a warning', (t) => {
  const report = new CollectingReport();
  t.like(applyServiceChanges(sticky, { schedulerFlags: ['flag-1'] }, report, ''), {
    schedulerFlags: ['flag-1'],
  });
  t.like(report.issues, [{ code: 'W_FLAGS_UNUSED', path: '/schedulerFlags' }]);
});

test('to change one service into the settings of another gives the other', (t) => {
  fc.assert(
    fc.property(serviceSpec, serviceSpec, (first, second) => {
      const from = checkServiceSpec(first, throwingReport, '') as Service;
      const to = checkServiceSpec({ ...second, ...identityOf(from) }, new CollectingReport(), '');
      if (to === undefined) return;
      const { scheduler, schedulerFlags, persistence, onePacket } = to;
      const input = { scheduler, schedulerFlags, persistence: persistence ?? false, onePacket };
      if (persistence !== undefined)
        Object.assign(input, { persistence: { engine: '', ...persistence } });
      const changes = checkServiceChanges(input, keyOfService(from), throwingReport, '');
      t.deepEqual(
        applyServiceChanges(from, changes as CompleteServiceChanges, throwingReport, ''),
        to,
      );
    }),
    { numRuns: 1000 },
  );
});

function identityOf(service: Service) {
  return 'fwmark' in service
    ? {
        protocol: undefined,
        address: undefined,
        port: undefined,
        fwmark: service.fwmark,
        family: service.family,
      }
    : {
        protocol: service.protocol,
        address: service.address,
        port: service.port,
        fwmark: undefined,
        family: undefined,
      };
}

test('changes can be anything, and are taken or an InvalidValueError', (t) => {
  const names = ['scheduler', 'schedulerFlags', 'persistence', 'onePacket', 'port'];
  const nearly = fc.dictionary(fc.constantFrom(...names), fc.anything());
  fc.assert(
    fc.property(fc.oneof(fc.anything(), nearly), (input) => {
      const report = new CollectingReport();
      const changes = checkServiceChanges(input, udp, report, '');
      t.is(changes === undefined, report.errorCount > 0);
      if (changes === undefined) {
        t.throws(() => checkServiceChanges(input, udp, throwingReport, ''), {
          instanceOf: InvalidValueError,
        });
      } else {
        t.deepEqual(checkServiceChanges(changes, udp, throwingReport, ''), changes);
      }
    }),
    { numRuns: 2000 },
  );
});
