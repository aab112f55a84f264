// Texts to start from. All written for this page (public domain), to suit a small model of several languages and code.

export interface Example {
  name: string
  text: string
}

export const EXAMPLES: readonly [Example, ...Example[]] = [
  {
    name: 'Four languages',
    text: 'The package is installed on the system. Le paquet est installé sur le système. Das Paket ist auf dem System installiert. El paquete está instalado en el sistema.',
  },
  {
    name: 'At sea',
    text: 'The old captain looked at the white whale and then at his men. “Lower the boats!” he cried, and the ship turned slowly into the wind while the sea rose around us.',
  },
  {
    name: 'def mean(values)',
    text: 'def mean(values):\n    """Return the mean of a list of numbers."""\n    if not values:\n        raise ValueError("no values")\n    total = sum(float(x) for x in values)\n    return total / len(values)\n',
  },
  {
    name: 'A speech',
    text: 'Mr. Speaker, Members of the Congress, my fellow citizens: this year the Government of the United States must reduce the debt, and the Congress should act before the end of 1962.',
  },
  {
    name: 'Time travel',
    text: 'Would you be able to travel through time? Most people say no, but the idea of a time machine keeps coming back in films, in novels and in the questions that children ask.',
  },
  {
    name: 'A definition',
    text: 'wolf: a wild animal of the dog family that lives and hunts in packs; any of several large mammals of the northern forests, related to the fox and the jackal.',
  },
]
