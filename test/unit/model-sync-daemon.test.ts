import test from 'ava';
import { deviceNameExpected } from '#lib/model/device-name.js';
import { throwingReport } from '#lib/model/report.js';
import { checkSyncDaemonSpec, checkSyncRole } from '#lib/model/sync-daemon.js';
import { acceptsWith, refusesWith } from './_model-macros.js';

const accepts = acceptsWith((input, report) => checkSyncDaemonSpec(input, report, ''));
const refuses = refusesWith((input, report) => checkSyncDaemonSpec(input, report, ''));
const master = { role: 'master', interface: 'eth0' };
const backup = { role: 'backup', interface: 'eth0' };

test(accepts, master, master);
test(accepts, backup, backup);
test(
  accepts,
  { ...master, syncId: 255, maxLength: 65507, group: '239.1.2.3', port: 65535, ttl: 255 },
  { ...master, syncId: 255, maxLength: 65507, group: '239.1.2.3', port: 65535, ttl: 255 },
);
test(
  accepts,
  { ...backup, syncId: 0, maxLength: 1, port: 1, ttl: 1 },
  { ...backup, syncId: 0, maxLength: 1, port: 1, ttl: 1 },
);
test(accepts, { ...master, group: '224.0.0.0' }, { ...master, group: '224.0.0.0' });
test(accepts, { ...master, group: 'FF02:0::51' }, { ...master, group: 'ff02::51' });
test(
  accepts,
  { ...master, syncId: undefined, group: undefined, more: undefined, port: -0 + 5 },
  { ...master, port: 5 },
);
test(accepts, { ...master, syncId: -0 }, { ...master, syncId: 0 });

const role = 'master or backup';
test(refuses, {}, ['E_SYNC_DAEMON', '/role', role], ['E_SYNC_DAEMON', '/interface']);
test(refuses, { interface: 'eth0' }, ['E_SYNC_DAEMON', '/role', role]);
test(refuses, { ...master, role: 'Master' }, ['E_SYNC_DAEMON', '/role', role]);
test(refuses, { ...master, role: 1 }, ['E_SYNC_DAEMON', '/role', role]);
test(refuses, { role: 'master' }, ['E_SYNC_DAEMON', '/interface', deviceNameExpected]);
test(refuses, { ...master, interface: '' }, ['E_SYNC_DAEMON', '/interface', deviceNameExpected]);
test(refuses, { ...master, interface: 'sixteen-bytes-00' }, ['E_SYNC_DAEMON', '/interface']);
test(refuses, { ...master, interface: 'a/b' }, ['E_SYNC_DAEMON', '/interface']);
test(refuses, { ...master, interface: 2 }, ['E_SYNC_DAEMON', '/interface']);

const byte = 'a whole number from 0 to 255';
test(refuses, { ...master, syncId: 256 }, ['E_SYNC_DAEMON', '/syncId', byte]);
test(refuses, { ...master, syncId: -1 }, ['E_SYNC_DAEMON', '/syncId', byte]);
test(refuses, { ...master, syncId: '1' }, ['E_SYNC_DAEMON', '/syncId', byte]);
test(refuses, { ...master, syncId: 1.5 }, ['E_SYNC_DAEMON', '/syncId', byte]);
test(refuses, { ...master, syncId: null }, ['E_SYNC_DAEMON', '/syncId', byte]);

const length = 'a whole number from 1 to 65507';
test(refuses, { ...master, maxLength: 0 }, ['E_SYNC_DAEMON', '/maxLength', length]);
test(refuses, { ...master, maxLength: 65508 }, ['E_SYNC_DAEMON', '/maxLength', length]);
test(refuses, { ...master, maxLength: 1472n }, ['E_SYNC_DAEMON', '/maxLength', length]);

const port = 'a whole number from 1 to 65535';
test(refuses, { ...master, port: 0 }, ['E_SYNC_DAEMON', '/port', port]);
test(refuses, { ...master, port: 65536 }, ['E_SYNC_DAEMON', '/port', port]);
test(refuses, { ...master, port: Number.NaN }, ['E_SYNC_DAEMON', '/port', port]);

const hops = 'a whole number from 1 to 255';
test(refuses, { ...master, ttl: 0 }, ['E_SYNC_DAEMON', '/ttl', hops]);
test(refuses, { ...master, ttl: 256 }, ['E_SYNC_DAEMON', '/ttl', hops]);
test(refuses, { ...master, ttl: true }, ['E_SYNC_DAEMON', '/ttl', hops]);

const group = 'a multicast address: 224.0.0.0 to 239.255.255.255, or ff00::/8';
for (const address of [
  '223.255.255.255',
  '240.0.0.0',
  '10.0.0.1',
  '0.0.0.0',
  '255.255.255.255',
  'fe80::1',
  '::',
  '::ffff:224.0.0.1',
  'ff02::51%eth0',
  '[ff02::51]',
  '224.0.0.81:8848',
  '',
  81,
  null,
]) {
  test(refuses, { ...master, group: address }, ['E_SYNC_DAEMON', '/group', group]);
}

test(refuses, { ...master, state: 1 }, ['E_SCHEMA', '/state', 'no field of this name']);
test(refuses, { ...master, mcastPort: 8848 }, ['E_SCHEMA', '/mcastPort', 'no field of this name']);
test(refuses, { ...master, toString: 1 }, ['E_SCHEMA', '/toString', 'no field of this name']);
test(refuses, 'master', ['E_SCHEMA', '', 'a sync daemon: an object']);
test(refuses, null, ['E_SCHEMA', '', 'a sync daemon: an object']);
test(refuses, [master], ['E_SCHEMA', '', 'a sync daemon: an object']);
test(
  refuses,
  { role: 'slave', interface: ':', syncId: 300, group: 'all', port: 0, ttl: 0 },
  ['E_SYNC_DAEMON', '/role'],
  ['E_SYNC_DAEMON', '/interface'],
  ['E_SYNC_DAEMON', '/syncId'],
  ['E_SYNC_DAEMON', '/group'],
  ['E_SYNC_DAEMON', '/port'],
  ['E_SYNC_DAEMON', '/ttl'],
);

test('what an object inherits is no field of a daemon', (t) => {
  const spec = Object.create({ ttl: 3 });
  Object.assign(spec, master);
  t.deepEqual<unknown, unknown>(checkSyncDaemonSpec(spec, throwingReport, ''), master);
});

test('a daemon as it is listed can be started', (t) => {
  const listed = { ...master, syncId: 0, maxLength: 1472, group: '224.0.0.81', port: 8848, ttl: 1 };
  t.deepEqual<unknown, unknown>(checkSyncDaemonSpec(listed, throwingReport, ''), listed);
});

const isRole = acceptsWith((input, report) => checkSyncRole(input, report, '/role'), 'a stop');
const isNoRole = refusesWith((input, report) => checkSyncRole(input, report, '/role'), 'a stop');
test(isRole, 'master', 'master');
test(isRole, 'backup', 'backup');
for (const each of ['', 'MASTER', 'both', 2, undefined, null, { role: 'master' }]) {
  test(isNoRole, each, ['E_SYNC_DAEMON', '/role', role]);
}
