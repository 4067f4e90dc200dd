// SPDX-License-Identifier: LGPL-2.1-or-later
#include "v_cycles.h"

#include <nodal/core/registry.h>
#include <nodal/solver/operator.h>

#include <deal.II/base/timer.h>

namespace nodal
{
  std::unique_ptr<Preconditioner> classical_v_cycle()
  {
    auto cycle = Registry<Preconditioner>::create("boomeramg");
    Parameters prm;
    cycle->add_parameters(prm);
    prm.apply(ParameterFile::parse("set Coarsening = Ruge-Stueben\n"
                                   "set Interpolation = classical\n"
                                   "set Entries per row = 0\n"
                                   "set Aggressive levels = 0\n",
                                   "V-cycles"));
    return cycle;
  }

  template <int dim>
  VCycles run_v_cycles(const SampleSystems<dim> &systems,
                       const std::vector<double> &guess,
                       const unsigned int n_cycles)
  {
    VCycles result;
    const VecHandle x = duplicate(systems.rhs()), r = duplicate(systems.rhs()),
                    z = duplicate(systems.rhs());
    systems.copy(guess, x);
    dealii::Timer timer;
    const auto cycle = classical_v_cycle();
    cycle->update(systems.matrix(), systems.is_spd());
    for (unsigned int k = 0; k < n_cycles; ++k)
    {
      NODAL_PETSC(MatResidual(systems.matrix(), systems.rhs(), x, r));
      cycle->apply(r, z);
      NODAL_PETSC(VecAXPY(x, 1., z));
      timer.stop();
      result.seconds.push_back(timer.wall_time());
      result.solutions.push_back(systems.values(x));
      timer.start();
    }
    return result;
  }

  template VCycles run_v_cycles(const SampleSystems<2> &,
                                const std::vector<double> &, unsigned int);
  template VCycles run_v_cycles(const SampleSystems<3> &,
                                const std::vector<double> &, unsigned int);
} // namespace nodal
