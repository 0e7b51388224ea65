import type { Symptom } from '../symptom.ts';
import { networkSymptoms } from './network-symptoms.ts';
import { programSymptoms } from './program-symptoms.ts';
import { storeSymptoms } from './store-symptoms.ts';

/** All symptoms, those that say most first. */
export const symptoms: readonly Symptom[] = [
  ...storeSymptoms,
  ...programSymptoms,
  ...networkSymptoms,
].toSorted((a, b) => b.rank - a.rank);
