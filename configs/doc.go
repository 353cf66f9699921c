// Package configs reads Parlor's settings from the environment, once, into a typed Config.
//
// It owns the names, defaults and limits of every PARLOR_ key, the rule that each secret may come from a file
// (KEY_FILE), and the cross-checks between keys. It knows no other package of Parlor, opens nothing but the files
// that the keys name, and has no rule of the product.
//
// Main path: FromEnv → reader (one typed read for each key, faults collected) → check (what must be there, what fits
// together) → Config, or Faults: all of them together, by key, never with a value.
//
// parlor.example.env beside this file documents every key; a test holds the two in step.
package configs
