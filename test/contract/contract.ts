import { declareAddresses } from './addresses.js';
import { declareDestinations } from './destinations.js';
import { declareServices } from './services.js';
import { declareSettings } from './settings.js';
import { declareSnapshots } from './snapshots.js';
import type { MakeSubject } from './subject.js';

/** Declares the tests that every `Backend` passes. */
export function declareContract(make: MakeSubject): void {
  declareServices(make);
  declareDestinations(make);
  declareSettings(make);
  declareAddresses(make);
  declareSnapshots(make);
}
