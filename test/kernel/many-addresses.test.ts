import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { seenAddresses, show } from './_devices.js';
import { makeNamespace } from './_namespace.js';

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The address with this number, one of 65,536; the even ones are IPv4. */
function address(index: number): string {
  return index % 2 === 0
    ? `10.9.${index >> 8}.${index & 255}`
    : `fd09::${(index + 0x1000).toString(16)}`;
}

const prefix = (each: string) => (each.includes(':') ? 128 : 32);

test('4,000 addresses bound at once, some of them twice, are listed, and taken away', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  await ipvs.ensureDummy('ipvs0');
  await ipvs.ensureDummy('other');
  await ipvs.bindAddress('other', '10.10.0.1');
  const all = numbers(4000).map(address);
  await Promise.all(
    all.filter((_, index) => index % 5 === 4).map((each) => ipvs.bindAddress('ipvs0', each)),
  );
  const outcomes = await Promise.allSettled(all.map((each) => ipvs.bindAddress('ipvs0', each)));
  t.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done')),
    all.map((_, index) => (index % 5 === 4 ? 'EEXIST' : 'done')),
  );

  const listed = show(await ipvs.listAddresses('ipvs0'));
  t.is(listed.length, 4000);
  t.deepEqual(listed.toSorted(), (await seenAddresses(namespace, 'ipvs0')).toSorted());
  const everywhere = (await ipvs.listAddresses()).filter(({ device }) => device !== 'lo');
  t.is(everywhere.length, 4001);
  t.deepEqual(show(everywhere.filter(({ device }) => device === 'ipvs0')), listed);
  t.deepEqual(show(await ipvs.listAddresses('other')), ['10.10.0.1/32 global']);

  await Promise.all(all.slice(100).map((each) => ipvs.unbindAddress('ipvs0', each)));
  const left = (await ipvs.listAddresses('ipvs0')).map((each) => each.address);
  t.deepEqual(left.toSorted(), all.slice(0, 100).toSorted());
});

test('a list that is read while addresses come and go has all that stay, or says that it could not', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  await ipvs.ensureDummy('ipvs0');
  const staying = numbers(3000).map(address);
  const passing = numbers(400).map((index) => address(40_000 + index));
  await Promise.all(staying.map((each) => ipvs.bindAddress('ipvs0', each)));

  const round = ['add', 'delete'].flatMap((verb) =>
    passing.map((each) => `address ${verb} ${each}/${prefix(each)} dev ipvs0\n`),
  );
  const churn = spawn('ip', ['-n', namespace.name, '-force', '-batch', '-'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(churn, 'exit');
  churn.stdin.end(round.join('').repeat(10));

  let read = 0;
  while (churn.exitCode === null) {
    try {
      const seen = new Set((await ipvs.listAddresses('ipvs0')).map((each) => each.address));
      t.is(
        staying.find((each) => !seen.has(each)),
        undefined,
      );
      read += 1;
    } catch (error) {
      t.like(error, { code: 'EINTR', operation: 'list-addresses', target: 'ipvs0' });
    }
  }
  t.deepEqual(await ended, [0, null]);
  t.log(`${read} lists were read meanwhile`);
  t.is((await ipvs.listAddresses('ipvs0')).length, 3000);
});
