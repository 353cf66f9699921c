import { loadTexts, parts } from ".";

// What is mounted in a test comes by no route, which would load its texts.
await loadTexts(...parts);
