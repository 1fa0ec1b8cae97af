import type { DiffContext } from './context.js';

/** What keeps a plan from being carried out whatever it says: limits that the caller set. */
export function checkGuards(context: DiffContext): void {
  checkEmptiness(context);
  checkRemovals(context);
  checkKinds(context);
}

function checkEmptiness(context: DiffContext): void {
  const { desired, options } = context;
  const { scope, allowEmpty } = options;
  if (scope.mode === 'declared' || allowEmpty === true || desired.services.length > 0) return;
  const message =
    'the document has no services, and the scope is not "declared": it asks for the end of all; "allowEmpty" says that this is meant';
  context.fail('E_EMPTY_DESIRED', undefined, message);
}

function checkRemovals(context: DiffContext): void {
  const { options, tally } = context;
  const limit = options.maxRemovals;
  if (limit === undefined) return;
  const most = limit < 1 ? Math.floor(limit * tally.managedServices) : limit;
  if (tally.removedServices <= most) return;
  const message = `${tally.removedServices} of ${tally.managedServices} services would be removed, and "maxRemovals" allows ${most}`;
  context.fail('E_DELETE_LIMIT', undefined, message);
}

function checkKinds(context: DiffContext): void {
  const { allow } = context.options;
  if (allow === undefined) return;
  for (const { op, service, destination, address } of context.drafts.all()) {
    if (allow.includes(op)) continue;
    const target =
      destination === undefined ? (service ?? address) : `${service} -> ${destination}`;
    const message = `the plan has the operation ${op}, and "allow" is ${allow.join(', ') || 'empty'}`;
    context.fail('E_NOT_ALLOWED', target, message);
  }
}
