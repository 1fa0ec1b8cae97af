import test from 'ava';
import fc from 'fast-check';
import { checkDestinationSpec } from '#lib/model/destination.js';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import { CollectingReport, throwingReport } from '#lib/model/report.js';
import { formatServiceId, parseServiceId } from '#lib/model/service-id.js';
import { destinationSpec } from './_model-arbitraries.js';
import { acceptsWith, refusesWith } from './_model-macros.js';

const web = parseServiceId('tcp/10.0.0.1:80');
const web6 = parseServiceId('tcp/[fd09::1]:80');
const everyPort = parseServiceId('tcp/10.0.0.1:0');
const mark = parseServiceId('fwmark/7/ipv4');

const on = (key: typeof web) => ({
  accepts: acceptsWith(
    (input, report) => checkDestinationSpec(input, key, report, ''),
    formatServiceId(key),
  ),
  refuses: refusesWith(
    (input, report) => checkDestinationSpec(input, key, report, ''),
    formatServiceId(key),
  ),
});
const { accepts, refuses } = on(web);

const address = '10.1.0.5';
const defaults = {
  address,
  port: 80,
  forward: 'masquerade',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
};
const ipip = { type: 'ipip', checksum: 'none' };

// Defaults
test(accepts, { address }, defaults);
test(accepts, { address, port: 8080 }, { ...defaults, port: 8080 });
test(accepts, { address, forward: 'tunnel' }, { ...defaults, forward: 'tunnel', tunnel: ipip });
test(
  accepts,
  {
    address,
    port: undefined,
    forward: undefined,
    weight: undefined,
    tunnel: undefined,
    typo: undefined,
  },
  defaults,
);
test(on(mark).accepts, { address }, { ...defaults, port: 0 });
test(on(everyPort).accepts, { address }, { ...defaults, port: 0 });

// Shape
const anObject = 'a destination: an object';
test(refuses, undefined, ['E_SCHEMA', '', anObject]);
test(refuses, null, ['E_SCHEMA', '', anObject]);
test(refuses, '10.1.0.5:80', ['E_SCHEMA', '', anObject]);
test(refuses, [{ address }], ['E_SCHEMA', '', anObject]);
test(refuses, { address, wieght: 5 }, ['E_SCHEMA', '/wieght', 'no field of this name']);
test(refuses, { address, family: 'ipv4' }, ['E_SCHEMA', '/family', 'no field of this name']);

// Address
test(on(web6).accepts, { address: 'FD02::0:2' }, { ...defaults, address: 'fd02::2' });
test(accepts, { address: '127.0.0.1' }, { ...defaults, address: '127.0.0.1' });
const anAddress = 'an IPv4 or IPv6 address';
test(refuses, {}, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { address: '10.1.0' }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { address: '10.1.0.5:80' }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { address: '[fd02::2]' }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { address: 'fe80::2%eth0' }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { address: null }, ['E_ADDRESS', '/address', anAddress]);

// Address kind
test(refuses, { address: '0.0.0.0' }, [
  'E_ADDRESS_KIND',
  '/address',
  'a unicast address, not an unspecified one',
]);
test(refuses, { address: '255.255.255.255' }, [
  'E_ADDRESS_KIND',
  '/address',
  'a unicast address, not a broadcast one',
]);
test(refuses, { address: '224.0.0.1' }, [
  'E_ADDRESS_KIND',
  '/address',
  'a unicast address, not a multicast one',
]);
test(on(web6).refuses, { address: '::' }, [
  'E_ADDRESS_KIND',
  '/address',
  'a unicast address, not an unspecified one',
]);
test(on(web6).refuses, { address: 'ff02::1' }, [
  'E_ADDRESS_KIND',
  '/address',
  'a unicast address, not a multicast one',
]);
test(on(web6).refuses, { address: 'fe80::2' }, [
  'E_ADDRESS_KIND',
  '/address',
  'a unicast address, not a link-local one',
]);
test(on(web6).refuses, { address: '::ffff:10.1.0.5' }, [
  'E_ADDRESS_KIND',
  '/address',
  'a unicast address, not an IPv4-mapped one',
]);
test(refuses, { address: '::ffff:10.1.0.5' }, [
  'E_ADDRESS_KIND',
  '/address',
  'a unicast address, not an IPv4-mapped one',
]);

// Port
test(accepts, { address, port: 0 }, { ...defaults, port: 0 });
test(accepts, { address, port: 65535 }, { ...defaults, port: 65535 });
test(accepts, { address, port: 80, forward: 'direct' }, { ...defaults, forward: 'direct' });
test(
  on(mark).accepts,
  { address, port: 8080, forward: 'direct' },
  { ...defaults, port: 8080, forward: 'direct' },
);
test(
  on(mark).accepts,
  { address, port: 8080, forward: 'tunnel' },
  { ...defaults, port: 8080, forward: 'tunnel', tunnel: ipip },
);
const aPort = 'a whole number from 0 to 65535';
test(refuses, { address, port: 65536 }, ['E_DEST_PORT', '/port', aPort]);
test(refuses, { address, port: -1 }, ['E_DEST_PORT', '/port', aPort]);
test(refuses, { address, port: '80' }, ['E_DEST_PORT', '/port', aPort]);
test(refuses, { address, port: null }, ['E_DEST_PORT', '/port', aPort]);
test(refuses, { address, port: 8080, forward: 'direct' }, [
  'E_DEST_PORT',
  '/port',
  "port 80, the service's, with forward direct",
]);
test(refuses, { address, port: 8080, forward: 'tunnel' }, [
  'E_DEST_PORT',
  '/port',
  "port 80, the service's, with forward tunnel",
]);
test(on(everyPort).refuses, { address, port: 80, forward: 'direct' }, ['E_DEST_PORT', '/port']);

// Forward
test(accepts, { address, forward: 'masquerade' }, defaults);
test(accepts, { address, forward: 'm' }, defaults);
test(accepts, { address, forward: 'masq' }, defaults);
test(accepts, { address, forward: 'nat' }, defaults);
test(accepts, { address, forward: 'i' }, { ...defaults, forward: 'tunnel', tunnel: ipip });
test(accepts, { address, forward: 'ipip' }, { ...defaults, forward: 'tunnel', tunnel: ipip });
test(accepts, { address, forward: 'g' }, { ...defaults, forward: 'direct' });
test(accepts, { address, forward: 'dr' }, { ...defaults, forward: 'direct' });
test(accepts, { address, forward: 'route' }, { ...defaults, forward: 'direct' });
test(accepts, { address, forward: 'gate' }, { ...defaults, forward: 'direct' });
const aForward = 'masquerade, tunnel or direct';
test(refuses, { address, forward: 'local' }, ['E_FORWARD', '/forward', aForward]);
test(refuses, { address, forward: 'bypass' }, ['E_FORWARD', '/forward', aForward]);
test(refuses, { address, forward: 'method-5' }, ['E_FORWARD', '/forward', aForward]);
test(refuses, { address, forward: 'Direct' }, ['E_FORWARD', '/forward', aForward]);
test(refuses, { address, forward: 0 }, ['E_FORWARD', '/forward', aForward]);
test(refuses, { address, forward: null }, ['E_FORWARD', '/forward', aForward]);
test(refuses, { address: 'fd02::2', port: 81, forward: 'x', tunnel: ipip }, [
  'E_FORWARD',
  '/forward',
  aForward,
]);

// Family mix
test(
  accepts,
  { address: 'fd02::2', forward: 'tunnel' },
  { ...defaults, address: 'fd02::2', forward: 'tunnel', tunnel: ipip },
);
test(
  on(web6).accepts,
  { address, forward: 'tunnel' },
  { ...defaults, forward: 'tunnel', tunnel: ipip },
);
test(refuses, { address: 'fd02::2' }, [
  'E_FAMILY_MIX',
  '/address',
  'an IPv4 address, or forward tunnel',
]);
test(refuses, { address: 'fd02::2', forward: 'direct' }, ['E_FAMILY_MIX', '/address']);
test(on(web6).refuses, { address }, [
  'E_FAMILY_MIX',
  '/address',
  'an IPv6 address, or forward tunnel',
]);
test(on(mark).refuses, { address: 'fd02::2' }, ['E_FAMILY_MIX', '/address']);

// Weight
test(accepts, { address, weight: 0 }, { ...defaults, weight: 0 });
test(accepts, { address, weight: -0 }, { ...defaults, weight: 0 });
test(accepts, { address, weight: 2147483647 }, { ...defaults, weight: 2147483647 });
const aWeight = 'a whole number from 0 to 2147483647';
test(refuses, { address, weight: -1 }, ['E_WEIGHT', '/weight', aWeight]);
test(refuses, { address, weight: 2147483648 }, ['E_WEIGHT', '/weight', aWeight]);
test(refuses, { address, weight: 1.5 }, ['E_WEIGHT', '/weight', aWeight]);
test(refuses, { address, weight: '80' }, ['E_WEIGHT', '/weight', aWeight]);
test(refuses, { address, weight: 80n }, ['E_WEIGHT', '/weight', aWeight]);
test(refuses, { address, weight: true }, ['E_WEIGHT', '/weight', aWeight]);
test(refuses, { address, weight: Number.NaN }, ['E_WEIGHT', '/weight', aWeight]);
test(refuses, { address, weight: Number.POSITIVE_INFINITY }, ['E_WEIGHT', '/weight', aWeight]);
test(refuses, { address, weight: null }, ['E_WEIGHT', '/weight', aWeight]);

// Thresholds
const bounds = (upperThreshold: number, lowerThreshold: number) => ({
  upperThreshold,
  lowerThreshold,
});
test(accepts, { address, ...bounds(10, 0) }, { ...defaults, ...bounds(10, 0) });
test(accepts, { address, ...bounds(10, 10) }, { ...defaults, ...bounds(10, 10) });
test(accepts, { address, ...bounds(4294967295, 1) }, { ...defaults, ...bounds(4294967295, 1) });
const aThreshold = 'a whole number from 0 to 4294967295';
test(refuses, { address, upperThreshold: 4294967296 }, [
  'E_THRESHOLD',
  '/upperThreshold',
  aThreshold,
]);
test(refuses, { address, upperThreshold: -1 }, ['E_THRESHOLD', '/upperThreshold', aThreshold]);
test(refuses, { address, upperThreshold: '10' }, ['E_THRESHOLD', '/upperThreshold', aThreshold]);
test(refuses, { address, upperThreshold: null }, ['E_THRESHOLD', '/upperThreshold', aThreshold]);
test(refuses, { address, upperThreshold: 10, lowerThreshold: 0.5 }, [
  'E_THRESHOLD',
  '/lowerThreshold',
  aThreshold,
]);
test(refuses, { address, lowerThreshold: 1 }, [
  'E_THRESHOLD',
  '/lowerThreshold',
  'at most the upper threshold, 0',
]);
test(refuses, { address, ...bounds(10, 11) }, [
  'E_THRESHOLD',
  '/lowerThreshold',
  'at most the upper threshold, 10',
]);
test(refuses, { address, ...bounds(-1, 11) }, ['E_THRESHOLD', '/upperThreshold', aThreshold]);

// Tunnel
const tunnelled = (tunnel: object) => ({ ...defaults, forward: 'tunnel', tunnel });
const tunnelTo = (tunnel: unknown) => ({ address, forward: 'tunnel', tunnel });
test(accepts, tunnelTo({}), tunnelled(ipip));
test(accepts, tunnelTo({ type: 'ipip' }), tunnelled(ipip));
test(
  accepts,
  tunnelTo({ type: 'ipip', checksum: 'full' }),
  tunnelled({ type: 'ipip', checksum: 'full' }),
);
test(accepts, tunnelTo({ checksum: 'full' }), tunnelled({ type: 'ipip', checksum: 'full' }));
test(accepts, tunnelTo({ type: 'gre' }), tunnelled({ type: 'gre', checksum: 'none' }));
test(
  accepts,
  tunnelTo({ type: 'gre', checksum: 'full' }),
  tunnelled({ type: 'gre', checksum: 'full' }),
);
test(
  accepts,
  tunnelTo({ type: 'gue', port: 6080 }),
  tunnelled({ type: 'gue', port: 6080, checksum: 'none' }),
);
test(
  accepts,
  tunnelTo({ type: 'gue', port: 65535, checksum: 'remote' }),
  tunnelled({ type: 'gue', port: 65535, checksum: 'remote' }),
);
test(
  accepts,
  tunnelTo({ type: 'gre', port: undefined, checksum: undefined, typo: undefined }),
  tunnelled({ type: 'gre', checksum: 'none' }),
);
test(refuses, { address, tunnel: ipip }, [
  'E_TUNNEL',
  '/tunnel',
  'no tunnel with forward masquerade',
]);
test(refuses, { address, forward: 'dr', tunnel: {} }, [
  'E_TUNNEL',
  '/tunnel',
  'no tunnel with forward direct',
]);
test(refuses, tunnelTo('gue'), ['E_TUNNEL', '/tunnel', 'an object with type, port or checksum']);
test(refuses, tunnelTo(null), ['E_TUNNEL', '/tunnel', 'an object with type, port or checksum']);
test(refuses, tunnelTo([]), ['E_TUNNEL', '/tunnel', 'an object with type, port or checksum']);
test(refuses, tunnelTo({ kind: 'gue' }), ['E_SCHEMA', '/tunnel/kind', 'no field of this name']);
test(refuses, tunnelTo({ type: 'vxlan' }), ['E_TUNNEL', '/tunnel/type', 'ipip, gue or gre']);
test(refuses, tunnelTo({ type: 'type-3' }), ['E_TUNNEL', '/tunnel/type', 'ipip, gue or gre']);
test(refuses, tunnelTo({ type: null }), ['E_TUNNEL', '/tunnel/type', 'ipip, gue or gre']);
test(refuses, tunnelTo({ type: 'gue' }), [
  'E_TUNNEL',
  '/tunnel/port',
  'a port from 1 to 65535, which gue needs',
]);
test(refuses, tunnelTo({ type: 'gue', port: 0 }), [
  'E_TUNNEL',
  '/tunnel/port',
  'a whole number from 1 to 65535',
]);
test(refuses, tunnelTo({ type: 'gue', port: 65536 }), [
  'E_TUNNEL',
  '/tunnel/port',
  'a whole number from 1 to 65535',
]);
test(refuses, tunnelTo({ type: 'gue', port: '6080' }), [
  'E_TUNNEL',
  '/tunnel/port',
  'a whole number from 1 to 65535',
]);
test(refuses, tunnelTo({ type: 'ipip', port: 6080 }), [
  'E_TUNNEL',
  '/tunnel/port',
  'no port with type ipip',
]);
test(refuses, tunnelTo({ port: 6080 }), ['E_TUNNEL', '/tunnel/port', 'no port with type ipip']);
test(refuses, tunnelTo({ type: 'gre', port: 6080 }), [
  'E_TUNNEL',
  '/tunnel/port',
  'no port with type gre',
]);
test(refuses, tunnelTo({ type: 'gre', checksum: 'remote' }), [
  'E_TUNNEL',
  '/tunnel/checksum',
  'none or full with type gre',
]);
test(refuses, tunnelTo({ checksum: 'remote' }), [
  'E_TUNNEL',
  '/tunnel/checksum',
  'none or full with type ipip',
]);
test(refuses, tunnelTo({ checksum: 'half' }), [
  'E_TUNNEL',
  '/tunnel/checksum',
  'none, full or remote',
]);
test(refuses, tunnelTo({ checksum: true }), [
  'E_TUNNEL',
  '/tunnel/checksum',
  'none, full or remote',
]);
test(
  refuses,
  tunnelTo({ type: 'x', port: 0, checksum: 'y', more: 1 }),
  ['E_SCHEMA', '/tunnel/more'],
  ['E_TUNNEL', '/tunnel/type'],
  ['E_TUNNEL', '/tunnel/port'],
  ['E_TUNNEL', '/tunnel/checksum'],
);

// Self reference
test(accepts, { address: '10.0.0.1' }, { ...defaults, address: '10.0.0.1' }, 'W_SELF_DESTINATION');
test(accepts, { address: '10.0.0.1', port: 81 }, { ...defaults, address: '10.0.0.1', port: 81 });
test(on(mark).accepts, { address: '10.0.0.1' }, { ...defaults, address: '10.0.0.1', port: 0 });

// Several at once
test(
  refuses,
  {
    address: 'x',
    port: -1,
    forward: 'x',
    weight: 'x',
    upperThreshold: 'x',
    lowerThreshold: 'x',
    tunnel: 'x',
    typo: 1,
  },
  ['E_SCHEMA', '/typo'],
  ['E_ADDRESS', '/address'],
  ['E_DEST_PORT', '/port'],
  ['E_FORWARD', '/forward'],
  ['E_WEIGHT', '/weight'],
  ['E_THRESHOLD', '/upperThreshold'],
  ['E_THRESHOLD', '/lowerThreshold'],
  ['E_TUNNEL', '/tunnel'],
);

test('other defaults can be given, and a spec’s own values win', (t) => {
  const options = { defaultForward: 'direct', defaultWeight: 0 } as const;
  const check = (spec: object) =>
    checkDestinationSpec({ address, ...spec }, web, throwingReport, '', options);
  t.like(check({}), { forward: 'direct', weight: 0 });
  t.like(check({ forward: 'nat', weight: 1 }), { forward: 'masquerade', weight: 1 });
  t.throws(() => check({ port: 81 }), {
    message: /^port: expected port 80, the service's, with forward direct/,
  });
});

test('an observed destination can be passed as a spec', (t) => {
  const observed = {
    ...defaults,
    id: '10.1.0.5:80',
    activeConnections: 1,
    inactiveConnections: 2,
    persistentConnections: 3,
    stats: {},
  };
  t.deepEqual<unknown, unknown>(checkDestinationSpec(observed, web, throwingReport, ''), defaults);
});

test('the fields to skip can be named, and then no others are', (t) => {
  const options = { skippedFields: new Set(['comment']) };
  const spec = { address, comment: 'x' };
  t.deepEqual<unknown, unknown>(
    checkDestinationSpec(spec, web, throwingReport, '', options),
    defaults,
  );
  t.throws(() => checkDestinationSpec({ address, stats: 1 }, web, throwingReport, '', options), {
    message: 'stats: expected no field of this name, got 1',
  });
});

test('paths begin where the spec stands', (t) => {
  const report = new CollectingReport();
  checkDestinationSpec({ address, weight: -1, typo: 1 }, web, report, '/services/0/destinations/5');
  t.deepEqual(
    report.issues.map(({ path }) => path),
    ['/services/0/destinations/5/typo', '/services/0/destinations/5/weight'],
  );
  t.throws(
    () => checkDestinationSpec({ address, weight: -1 }, web, throwingReport, '/destinations/5'),
    {
      instanceOf: InvalidValueError,
      message: 'destinations[5].weight: expected a whole number from 0 to 2147483647, got -1',
    },
  );
});

test('only what an object has itself is its spec', (t) => {
  const inherited = Object.assign(Object.create({ weight: 5, typo: 1 }), { address });
  t.deepEqual<unknown, unknown>(checkDestinationSpec(inherited, web, throwingReport, ''), defaults);
});

test('a spec that is made of good values is taken, and a destination is its own spec', (t) => {
  fc.assert(
    fc.property(destinationSpec, (spec) => {
      const destination = checkDestinationSpec(spec, web, throwingReport, '');
      t.deepEqual(checkDestinationSpec(destination, web, throwingReport, ''), destination);
    }),
    { numRuns: 1000 },
  );
});

test('a spec can be anything, and is a destination or an InvalidValueError', (t) => {
  const nearly = fc.dictionary(fc.constantFrom(...Object.keys(defaults), 'tunnel'), fc.anything());
  const mixed = fc.tuple(destinationSpec, nearly).map(([spec, other]) => ({ ...spec, ...other }));
  fc.assert(
    fc.property(fc.oneof(fc.anything(), nearly, mixed), (input) => {
      const report = new CollectingReport();
      const destination = checkDestinationSpec(input, web, report, '');
      t.is(destination === undefined, report.errorCount > 0);
      if (destination === undefined) {
        t.throws(() => checkDestinationSpec(input, web, throwingReport, ''), {
          instanceOf: InvalidValueError,
        });
      } else {
        t.deepEqual(checkDestinationSpec(destination, web, throwingReport, ''), destination);
      }
    }),
    { numRuns: 3000 },
  );
});
