import test from 'ava';
import type { DesiredState, ServiceId } from 'ipvs';
import { DrainingServices } from '#lib/declarative/loop/draining-services.js';
import { dns, dnsId, web, webId } from './_plan.js';
import { desired } from './_state.js';

const state = desired([
  { ...web, drain: { poll: '5s' } },
  { ...dns, ensure: 'absent', drain: { poll: '7s' } },
]);

const drains = test.macro({
  exec(t, id: string, isDeclared: boolean, poll: number, deadline: number) {
    const services = new DrainingServices(state, { poll: '3s', deadline: '9s' });
    for (const found of [services.get(id as ServiceId), services.get(id as ServiceId)]) {
      t.is(found.isDeclared, isDeclared);
      t.is(found.policy.poll, poll);
      t.is(found.policy.deadline, deadline);
    }
  },
  title: (name) => name ?? '',
});

test('a service that is declared drains as it says', drains, webId, true, 5000, 9000);
test('one that should not be there does, too', drains, dnsId, false, 7000, 9000);
test('one that nobody names goes by the call', drains, 'tcp/10.9.0.9:80', false, 3000, 9000);

test('before anything is desired, no service stays', (t) => {
  const { isDeclared, policy } = new DrainingServices(undefined, undefined).get(webId as ServiceId);
  t.false(isDeclared);
  t.is(policy.poll, 1000);
});

test('nothing is looked up while nothing drains, and all of it once when something does', (t) => {
  let looks = 0;
  const watched: DesiredState = {
    ...state,
    get services() {
      looks += 1;
      return state.services;
    },
  };
  const services = new DrainingServices(watched, undefined);
  t.true(services.isOf(watched));
  t.false(services.isOf(state));
  t.is(looks, 0);
  services.get(webId as ServiceId);
  services.get(dnsId as ServiceId);
  t.is(looks, 1);
});
