// Mean, standard deviation, skewness and kurtosis of a stream of values in one pass.

/** Central moments by Pébay's update (Sandia report SAND2008-6212), which loses no digits to large means. */
export class Moments {
  #count = 0
  #mean = 0
  #m2 = 0
  #m3 = 0
  #m4 = 0

  add(value: number): void {
    const before = this.#count
    this.#count += 1
    const delta = value - this.#mean
    const step = delta / this.#count
    const term = delta * step * before
    this.#mean += step
    this.#m4 +=
      term * step * step * (this.#count ** 2 - 3 * this.#count + 3) +
      6 * step * step * this.#m2 -
      4 * step * this.#m3
    this.#m3 += term * step * (this.#count - 2) - 3 * step * this.#m2
    this.#m2 += term
  }

  /**
   * Population formulas: sd = √(M₂/n), skew = (M₃/n) / (M₂/n)^1.5, kurtosis = (M₄/n) / (M₂/n)² − 3, which is 0 for a
   * normal distribution. NaN where undefined.
   */
  result(): { mean: number; sd: number; skew: number; kurtosis: number } {
    const variance = this.#m2 / this.#count
    return {
      mean: this.#count > 0 ? this.#mean : Number.NaN,
      sd: Math.sqrt(variance),
      skew: this.#m3 / this.#count / variance ** 1.5,
      kurtosis: this.#m4 / this.#count / variance ** 2 - 3,
    }
  }
}
