// SPDX-License-Identifier: LGPL-2.1-or-later
#include "best_factor.h"
#include "operator_on_equation.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/solver/fallbacks.h>
#include <nodal/solver/operator.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  namespace
  {
    /**
     * A trained operator gives the search directions of flexible methods: the
     * residual, as a source, is mapped to a solution (Kaneda et al.: A deep
     * conjugate direction method for iteratively solving linear systems, ICML
     * 2023; Rudikov et al.: Neural operators meet conjugate gradients, ICML
     * 2024). With a smoother, it works on what one step of that leaves, and is
     * followed by another one (Zhang et al.: Blending neural operators and
     * relaxation methods in PDE numerical solvers, 2024): networks are good at
     * the smooth part. The step along its answer is the best one.
     *
     * Where the answer is no number, and after a solve that stagnates, a
     * classical preconditioner takes over until the next update.
     */
    class NeuralPreconditioner : public Preconditioner, public CountsFallbacks
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        network.add_parameters(prm);
        const std::vector<std::string> names = classical();
        std::vector<std::string> smoothers = names;
        smoothers.emplace_back("nothing");
        prm.add("Smoother", smoother_name,
                "The preconditioner that is applied before the operator and "
                "after it, with its usual settings; 'sor' or 'ilu' where the "
                "matrix is not symmetric positive definite. 'nothing' leaves "
                "the operator alone, 'none' takes two steps of Richardson's "
                "method.",
                smoothers);
        prm.add("Fallback", fallback_name,
                "The preconditioner, with its usual settings, that takes over "
                "where the operator fails.",
                names);
        prm.add("Patience", n_patient,
                "The operator has failed when the residual has not fallen to a "
                "tenth in so many iterations.",
                1, 1000000);
      }

      void update(Mat A, const bool spd) override
      {
        is_spd = spd;
        matrix = A;
        has_fallen_back = false;
        n_replaced = 0;
        works = network.prepare(A);
        NODAL_PETSC(MatCreateVecs(A, r.put(), e.put()));
        NODAL_PETSC(MatCreateVecs(A, nullptr, image.put()));
        // What goes wrong with the fallback shall show before it is needed.
        if (!works)
          make(fallback_name)->update(A, is_spd);
        if (smoother_name == "nothing")
          return;
        if (!smoother)
          smoother = make(smoother_name);
        smoother->update(A, is_spd);
        if (!smoother->traits().is_linear)
          throw BadInput("The smoother '" + smoother_name +
                         "' is not linear: choose another one.");
      }

      void apply(Vec x, Vec y) const override
      {
        if (!works)
        {
          NODAL_PETSC(VecCopy(x, y));
          return;
        }
        if (!has_fallen_back)
        {
          apply_network(x, y);
          if (is_finite(y))
            return;
          replace();
        }
        fallback->apply(x, y);
      }

      OperatorTraits traits() const override
      {
        return {false, false};
      }

      unsigned int patience() const override
      {
        return has_fallen_back ? 0 : n_patient;
      }

      bool fall_back() override
      {
        if (has_fallen_back || !works)
          return false;
        replace();
        return true;
      }

      unsigned int n_fallbacks() const override
      {
        int rank = 0;
        MPI_Comm_rank(PetscObjectComm(reinterpret_cast<PetscObject>(matrix)),
                      &rank);
        return rank == 0 ? n_replaced : 0;
      }

    private:
      /// All that do not use operators.
      static std::vector<std::string> classical()
      {
        std::vector<std::string> result;
        for (const RegistryEntry &entry : Registry<Preconditioner>::list())
          if (entry.name != "neural operator")
            result.push_back(entry.name);
        return result;
      }

      static std::unique_ptr<Preconditioner> make(const std::string &name)
      {
        std::unique_ptr<Preconditioner> result =
            Registry<Preconditioner>::create(name);
        result->ignore_run_time_options();
        return result;
      }

      static bool is_finite(Vec x)
      {
        double size = 0;
        // A sum, for what is no number may get lost in a maximum.
        NODAL_PETSC(VecNorm(x, NORM_2, &size));
        return std::isfinite(size);
      }

      /// r = x − A y
      void residual(Vec x, Vec y) const
      {
        NODAL_PETSC(MatMult(matrix, y, r));
        NODAL_PETSC(VecAYPX(r, -1., x));
      }

      void apply_network(Vec x, Vec y) const
      {
        if (!smoother)
        {
          network.apply_to_load(x, y);
          network.solve_constrained(x, y);
          return;
        }
        smoother->apply(x, y);
        residual(x, y);
        network.apply_to_load(r, e);
        network.solve_constrained(r, e);
        const double step = best_factor(matrix, e, r, is_spd, image);
        NODAL_PETSC(VecAXPY(y, step, e));
        NODAL_PETSC(VecAXPY(r, -step, image));
        smoother->apply(r, e);
        NODAL_PETSC(VecAXPY(y, 1., e));
      }

      /// The fallback works from now on.
      void replace() const
      {
        if (!fallback)
          fallback = make(fallback_name);
        fallback->update(matrix, is_spd);
        has_fallen_back = true;
        ++n_replaced;
      }

      OperatorOnEquation network =
          OperatorOnEquation("Preconditioner 'neural operator'");
      std::string smoother_name = "ssor", fallback_name = "boomeramg";
      unsigned int n_patient = 20;
      std::unique_ptr<Preconditioner> smoother;
      Mat matrix = nullptr;
      bool is_spd = false, works = false;
      VecHandle r, e, image;

      // What apply() may have to change.
      mutable std::unique_ptr<Preconditioner> fallback;
      mutable bool has_fallen_back = false;
      mutable unsigned int n_replaced = 0;
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, NeuralPreconditioner, "neural operator",
                 "a trained operator that maps the residual to a correction, "
                 "between two steps of a smoother; for flexible methods")
} // namespace nodal
