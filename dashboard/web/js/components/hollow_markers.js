// Refused signals on the candle chart: hollow triangles, so that nobody takes them for trades. A series primitive of lightweight-charts.

/** @typedef {{time: number, price: number, up: boolean, text: string}} Hollow */

export class HollowMarkers {
  constructor() {
    /** @type {Hollow[]} */ this.markers = [];
    this.colour = "#888";
    /** @type {any} */ this.host = null;
    const renderer = {
      draw: (/** @type {any} */ target) => target.useBitmapCoordinateSpace((/** @type {any} */ scope) => this.paint(scope)),
    };
    this.views = [{ renderer: () => renderer, zOrder: () => "top" }];
  }
  /** @param {any} host */ attached(host) {
    this.host = host;
  }
  detached() {
    this.host = null;
  }
  paneViews() {
    return this.views;
  }
  /** @param {Hollow[]} markers @param {string} colour */
  set(markers, colour) {
    this.markers = markers;
    this.colour = colour;
    this.host?.requestUpdate();
  }
  /** @param {any} scope */
  paint({ context, horizontalPixelRatio: rx, verticalPixelRatio: ry }) {
    if (!this.host) return;
    context.strokeStyle = this.colour;
    context.lineWidth = 1.5 * rx;
    for (const { time, price, up } of this.markers) {
      const x = this.host.chart.timeScale().timeToCoordinate(time);
      const y = this.host.series.priceToCoordinate(price);
      if (x === null || y === null) continue;
      const tip = (y + (up ? 9 : -9)) * ry,
        base = (y + (up ? 18 : -18)) * ry;
      context.beginPath();
      context.moveTo(x * rx, tip);
      context.lineTo((x - 5) * rx, base);
      context.lineTo((x + 5) * rx, base);
      context.closePath();
      context.stroke();
    }
  }
}
