import test from 'ava';
import { parseApplications } from '#lib/kernel/proc/applications.js';
import { parseCpuTotals } from '#lib/kernel/proc/cpu-totals.js';
import { MalformedText } from '#lib/kernel/proc/malformed-text.js';
import { parseSettings } from '#lib/kernel/proc/settings.js';
import { parseStatus } from '#lib/kernel/proc/status.js';
import { parseTotals } from '#lib/kernel/proc/totals.js';

const malformed = test.macro({
  exec: (t, parse: (text: string) => unknown, text: string, message: RegExp) => {
    t.throws(() => parse(text), { instanceOf: MalformedText, message });
  },
  title: (name = '') => `malformed: ${name}`,
});

// Printed by Linux 6.1 to 7.3 alike; the columns are at least 8, 8, 8, 16 and 16 wide, and hexadecimal.
const totals = `   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
      1F       A0       9F             2A3F             FFFF

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       A        B        C               1D               1E
`;

test('totals are hexadecimal counters and rates', (t) => {
  t.deepEqual(parseTotals(totals), {
    connections: 31n,
    packetsIn: 160n,
    packetsOut: 159n,
    bytesIn: 10815n,
    bytesOut: 65535n,
    rates: { connections: 10, packetsIn: 11, packetsOut: 12, bytesIn: 29, bytesOut: 30 },
  });
});

test('totals can be 64 bits wide in every column', (t) => {
  const text = totals.replace(/1F .*FFFF/, Array(5).fill('FFFFFFFFFFFFFFFF').join(' '));
  const { rates, ...counters } = parseTotals(text);
  t.deepEqual(Object.values(counters), Array(5).fill(0xffff_ffff_ffff_ffffn));
  t.is(rates.bytesOut, 30);
});

test('empty totals', malformed, parseTotals, '', /expected a hexadecimal number, got the end/);
test('totals without rates', malformed, parseTotals, totals.slice(0, 190), /got the end/);
test('a counter that is none', malformed, parseTotals, totals.replace('2A3F', '2A3G'), /"2A3G"/);
test(
  'a counter that is missing',
  malformed,
  parseTotals,
  totals.replace('2A3F', ''),
  /got the end/,
);
test(
  'a counter of 68 bits',
  malformed,
  parseTotals,
  totals.replace('1F', '1'.repeat(17)),
  /"1{17}"/,
);

const cpus = `       Total Incoming Outgoing         Incoming         Outgoing
CPU    Conns  Packets  Packets            Bytes            Bytes
  0    EC76C   2A6BB9        0          AD77113                0
  A      C63     2127        1            87C64                2
100        0        0        0                0                0
  ~    ED3CF   2A8CE0        1          ADFED77                2

     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
           1        2        3                4                5
`;

test('the totals of processors are read by the number of each, which is hexadecimal as well', (t) => {
  t.deepEqual(parseCpuTotals(cpus), [
    {
      cpu: 0,
      connections: 0xec76cn,
      packetsIn: 0x2a6bb9n,
      packetsOut: 0n,
      bytesIn: 0xad77113n,
      bytesOut: 0n,
    },
    {
      cpu: 10,
      connections: 0xc63n,
      packetsIn: 0x2127n,
      packetsOut: 1n,
      bytesIn: 0x87c64n,
      bytesOut: 2n,
    },
    { cpu: 256, connections: 0n, packetsIn: 0n, packetsOut: 0n, bytesIn: 0n, bytesOut: 0n },
  ]);
});

test('no processors', malformed, parseCpuTotals, '', /the totals of all processors, got the end/);
test(
  'a list cut short',
  malformed,
  parseCpuTotals,
  cpus.slice(0, 220),
  /hexadecimal number, got the end/,
);
test(
  'a processor without a number',
  malformed,
  parseCpuTotals,
  cpus.replace('  A ', '  ? '),
  /"\?"/,
);

const headings = 'prot port    usecnt name\n';

test('helpers are read by protocol, port, uses and name', (t) => {
  t.deepEqual(parseApplications(headings), []);
  const text = `${headings}TCP  21      0      ftp              \nTCP  2121    3      ftp              \nIP_47  0       -1     other\nSCTP  65535   12     x\nICMPv6  1       0      y\n`;
  t.deepEqual(parseApplications(text), [
    { protocol: 'tcp', port: 21, name: 'ftp', uses: 0 },
    { protocol: 'tcp', port: 2121, name: 'ftp', uses: 3 },
    { protocol: 'protocol-47', port: 0, name: 'other', uses: -1 },
    { protocol: 'sctp', port: 65535, name: 'x', uses: 12 },
    { protocol: 'protocol-58', port: 1, name: 'y', uses: 0 },
  ]);
});

test('no headings of helpers', malformed, parseApplications, '', /headings/);
test('half a line of a helper', malformed, parseApplications, `${headings}TCP  21`, /whole lines/);
test(
  'a helper without a name',
  malformed,
  parseApplications,
  `${headings}TCP  21      0\n`,
  /name, got "TCP/,
);
test(
  'a helper of no protocol',
  malformed,
  parseApplications,
  `${headings}XYZ  21      0      ftp\n`,
  /protocol, got "XYZ"/,
);

test('the status is keys and texts, whichever a kernel has', (t) => {
  const text = `Conns:\t9401
Conn buckets:\t524288 (19 bits, lfactor -5)
Conn buckets empty:\t505633 (96%)
Conn buckets len-1:\t18322 (98%)
Services:\t12
Service buckets:\t128 (7 bits, lfactor -3)
Stats thread slots:\t1 (max 16)
Something new:
`;
  t.deepEqual(parseStatus(text), {
    Conns: '9401',
    'Conn buckets': '524288 (19 bits, lfactor -5)',
    'Conn buckets empty': '505633 (96%)',
    'Conn buckets len-1': '18322 (98%)',
    Services: '12',
    'Service buckets': '128 (7 bits, lfactor -3)',
    'Stats thread slots': '1 (max 16)',
    'Something new': '',
  });
  t.deepEqual(parseStatus(''), {});
});

test(
  'a line without a key',
  malformed,
  parseStatus,
  'Conns:\t1\nwhat is this\n',
  /a key and a text/,
);

test('settings are numbers, and text where a number is none or too large', (t) => {
  const text =
    'conn_max\t1073741824\ndrop_entry\t-5\nest_cpulist\t0\nsync_qlen_max\t18446744073709551615\n' +
    'sync_threshold\t3\t50\nbrand_new\t7\nbrand_new_too\ta\tb\nempty\t\n';
  t.deepEqual(parseSettings(text), {
    conn_max: 1073741824,
    drop_entry: -5,
    est_cpulist: '0',
    sync_qlen_max: '18446744073709551615',
    sync_threshold: '3 50',
    brand_new: 7,
    brand_new_too: 'a b',
    empty: '',
  });
  t.deepEqual(parseSettings(''), {});
});

test('a setting without a name', malformed, parseSettings, '\t5\n', /a name and a value/);
test('a setting without a value', malformed, parseSettings, 'drop_entry\n', /a name and a value/);
