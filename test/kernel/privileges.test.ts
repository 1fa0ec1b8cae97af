import test, { type ExecutionContext } from 'ava';
import { runAsOrdinaryUser } from './_ordinary-user.js';

interface Printed {
  readonly transport?: string;
  readonly outcomes: Readonly<Record<string, string>>;
}

/** Makes every call in a network namespace of its own, as nobody, with those capabilities and no others to be had. */
async function callAll(t: ExecutionContext, capabilities: readonly string[]): Promise<Printed> {
  const printed = await runAsOrdinaryUser(t, 'privileges', [], { capabilities });
  return JSON.parse(printed) as Printed;
}

test.serial(
  'with CAP_NET_ADMIN alone every call works but those of another network namespace',
  async (t) => {
    const { transport, outcomes } = await callAll(t, ['net_admin']);
    t.is(transport, 'netlink');
    const refused = Object.entries(outcomes).filter(([, outcome]) => outcome !== 'done');
    const needs =
      /^E(?:PERM|ACCES): the network namespace .*may not be entered: that needs CAP_SYS_ADMIN$/;
    t.deepEqual(
      refused.map(([name]) => name),
      ['schedulers', 'engines', 'open another namespace'],
      JSON.stringify(refused),
    );
    for (const [name, outcome] of refused) t.regex(outcome, needs, name);
    t.is(Object.keys(outcomes).length, 40);
  },
);

test.serial('without a capability opening says which one it takes', async (t) => {
  const { outcomes } = await callAll(t, []);
  t.deepEqual(Object.keys(outcomes), ['open']);
  t.regex(outcomes['open'] ?? '', /^EPERM: that needs CAP_NET_ADMIN in the initial user namespace/);
});

test.serial('other capabilities do not stand in for it', async (t) => {
  const { outcomes } = await callAll(t, [
    'sys_admin',
    'net_raw',
    'net_bind_service',
    'dac_override',
  ]);
  t.deepEqual(Object.keys(outcomes), ['open']);
  t.regex(outcomes['open'] ?? '', /^EPERM: that needs CAP_NET_ADMIN/);
});
