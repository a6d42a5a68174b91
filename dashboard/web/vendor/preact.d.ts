// Types only: build_assets.mjs puts the library's own module here.
export * from "preact";
