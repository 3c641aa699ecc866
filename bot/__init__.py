"""The running program: wires everything."""
