import { setSpeaker } from "./speaker";

/**
 * The way from an audio context to a chosen speaker. It leads through a media element, because more browsers let that be pointed at a
 * speaker than an audio context.
 */
export class Outlet {
  /** What is to be heard goes in here. */
  readonly input: AudioNode;
  readonly #element: HTMLAudioElement;

  constructor(context: AudioContext, createElement: () => HTMLAudioElement = () => new Audio()) {
    const output = context.createMediaStreamDestination();
    this.input = output;
    this.#element = createElement();
    this.#element.srcObject = output.stream;
  }

  /** `speaker`: an id for `setSinkId`. Resolves to whether it sounds: before the page was touched browsers may refuse. */
  async open(speaker: string): Promise<boolean> {
    await setSpeaker(this.#element, speaker);
    return this.#element.play().then(
      () => true,
      () => false,
    );
  }

  close(): void {
    this.#element.pause();
    this.#element.srcObject = null;
  }
}
