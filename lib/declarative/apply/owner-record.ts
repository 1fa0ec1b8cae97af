import type { OwnerRecord, Plan } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { compareAddresses, familyOf } from '../../model/address.js';
import { fullPrefix } from '../../model/netmask.js';
import { compareServiceKeys, parseServiceId } from '../../model/service-id.js';
import { addressesOf } from '../canonical.js';
import { formatVip } from '../diff/vip-survey.js';
import { forEachOutcome, type Outcomes } from './results.js';

/** What belongs to the owner after a run: what it made or took over, and what it had and did not take away. */
export function ownerRecord(plan: Plan, outcomes: Outcomes): OwnerRecord {
  const services = new Set<ServiceId>(plan.options.record?.services);
  const vips = new Set<string>(plan.options.record?.vips);
  const outOfScope = new Set<string | undefined>();
  for (const { code, address } of plan.diagnostics) {
    if (code === 'E_OUT_OF_SCOPE' || code === 'W_VIP_ELSEWHERE') outOfScope.add(address);
  }
  for (const { id } of plan.desired.services) if (!outOfScope.has(id)) services.add(id);
  for (const vip of wantedVips(plan)) if (!outOfScope.has(vip)) vips.add(vip);
  forEachOutcome(outcomes, ({ op, service, address }, { status }) => {
    const isThere = status === 'ok' || status === 'noop' || status === 'rollback-failed';
    const isDone = isThere && status !== 'rollback-failed';
    if (op === 'add-service' && service !== undefined) put(services, service, isThere);
    if (op === 'del-service' && service !== undefined && isDone) services.delete(service);
    if (op === 'bind-vip' && address !== undefined) put(vips, address, isThere);
    if (op === 'unbind-vip' && address !== undefined && isDone) vips.delete(address);
  });
  return { version: 1, services: inOrder(services), vips: [...vips].sort() };
}

function put<Value>(set: Set<Value>, value: Value, isMember: boolean): void {
  if (isMember) set.add(value);
  else set.delete(value);
}

function wantedVips({ desired }: Plan): string[] {
  const { vips } = desired;
  if (vips === undefined) return [];
  const addresses = vips.bind === 'services' ? addressesOf(desired.services) : vips.bind;
  return [...new Set(addresses)]
    .sort(compareAddresses)
    .map((address) => formatVip(address, fullPrefix(familyOf(address)), vips.device));
}

function inOrder(services: ReadonlySet<ServiceId>): ServiceId[] {
  return [...services]
    .map((id) => ({ id, key: parseServiceId(id) }))
    .sort((first, second) => compareServiceKeys(first.key, second.key))
    .map(({ id }) => id);
}
