import type { DesiredVips } from '../../../types/document.js';
import type { DiffContext } from './context.js';
import type { Draft } from './draft.js';

/** The kind of device that holds virtual addresses. */
const dummy = 'dummy';

/** Whether addresses can be bound to the device: it is there, or can be made. Otherwise it says why not. */
export function checkDevice(
  context: DiffContext,
  { device: name, create }: DesiredVips,
  binds: boolean,
  unbinds: boolean,
): 'present' | 'missing' | 'unusable' {
  const { devices } = context.actual;
  if (devices === undefined) {
    if (!binds && !unbinds) return 'present';
    // On a device of another kind the addresses would be those of the host.
    context.lacks('the network devices', 'vips');
    return 'unusable';
  }
  const device = Object.hasOwn(devices, name) ? devices[name] : undefined;
  if (device !== undefined) {
    if (device.kind === dummy) return 'present';
    const kind = device.kind === '' ? 'a device with hardware' : `of kind ${device.kind}`;
    refuse(context, name, `the device ${name} is ${kind}, and virtual addresses go on a dummy`);
    return 'unusable';
  }
  if (!binds) return 'present';
  if (create) return 'missing';
  refuse(context, name, `there is no device ${name}, and "create" is false`);
  return 'unusable';
}

function refuse(context: DiffContext, device: string, message: string): void {
  context.fail('E_DEVICE_KIND', device, message, '/vips/device');
}

export function ensureDevice(context: DiffContext, { device }: DesiredVips): Draft {
  context.tally.changes.push({ kind: 'device', change: 'add', address: device });
  return context.drafts.add({
    phase: 'device',
    op: 'ensure-device',
    address: device,
    before: null,
    after: { device },
    reason: 'vip',
    impact: ['none'],
  });
}

/** A device goes with its last address, where the addresses were this owner's, and with them the device. */
export function removeDevice(
  context: DiffContext,
  { device, create, own }: DesiredVips,
  unbound: readonly Draft[],
): void {
  const isOurs = context.options.record?.vips.some((vip) => vip.endsWith(` on ${device}`)) === true;
  if (!isOurs || !create || own !== 'device' || unbound.length === 0) return;
  context.drafts.add({
    phase: 'cleanup',
    op: 'remove-device',
    address: device,
    before: { device },
    after: null,
    reason: 'vip',
    impact: ['none'],
    dependsOn: unbound,
  });
  context.tally.changes.push({ kind: 'device', change: 'remove', address: device });
}
