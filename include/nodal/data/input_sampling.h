// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_data_input_sampling_h
#define nodal_data_input_sampling_h

#include <nodal/core/choice.h>
#include <nodal/core/communicator.h>
#include <nodal/data/sampler.h>
#include <nodal/pde/steady_system.h>

#include <map>
#include <memory>
#include <set>

namespace nodal
{
  /**
   * The subsection `Inputs/NAME`: how one input of the problem varies. The
   * entry `Sampler` is a registered sampler or `fixed`, which leaves the
   * entry `Value`, an expression, for all samples. A map turns the random
   * field g into the input: `none` (scale and shift), `log-normal`
   * (exp(mean + deviation g)), `threshold` (one of two values by the sign of
   * g minus a level).
   */
  template <int dim>
  class InputSampling
  {
  public:
    explicit InputSampling(const FieldDescription &description);

    void add_parameters(Parameters &prm);

    void check() const;

    /// True if the input differs from sample to sample.
    bool varies() const;

    /// True if no sample can be refused, because the map gives values that are
    /// allowed whatever the sampler draws.
    bool is_safe() const;

    /// The fixed value as a function; the same object for every sample.
    InputField<dim> fixed() const;

    /// See Sampler::prepare(). Only for inputs that vary.
    void prepare(const Space<dim> &space, const Numbering<dim> &numbering);

    /// The input for sample @p sample of the data set with @p seed: values per
    /// cell or per node, or, at Location::scalar, a constant function. Throws
    /// BadInput if a value is not finite, or not positive (definite) though it
    /// must be.
    InputField<dim> sample(std::uint64_t seed, unsigned int sample);

    /// See Sampler: true if sample() needs set_system() before.
    bool needs_system() const;
    void set_system(Mat A);

    /// Take over @p input, which the chosen problem describes; its default
    /// value holds where @p prm does not set one.
    void use(const FieldDescription &input, const Parameters &prm);

    FieldDescription description;

  private:
    void apply_map(std::vector<double> &values) const;

    /// False if the components @p values of the input at one site are not
    /// finite, or not positive (definite) though they must be.
    bool is_allowed(const double *values) const;

    /// What is_allowed() asks for, as in "positive".
    std::string demand() const;

    /// Keep the fixed value; throw BadInput if it is not allowed at a site.
    /// Collective.
    void check_fixed();

    /// The same for the @p values of a sample.
    void check_values(const std::vector<double> &values) const;

    std::unique_ptr<Choice<Sampler<dim>>> sampler;
    std::unique_ptr<Sites<dim>> sites;
    /// What a fixed value was read as, one object for all samples.
    std::shared_ptr<const dealii::Function<dim>> fixed_function;
    std::string value, map = "none", path;
    double mean = 0, deviation = 1, level = 0, below = 1, above = 2;
    std::uint32_t stream;
  };

  /// The section `Inputs` with one subsection for each name in @p inputs (the
  /// union over all registered problems may be passed: names are unique).
  template <int dim>
  class InputsSampling
  {
  public:
    /// Declares for every registered problem; use() selects.
    void add_parameters(Parameters &prm,
                        const std::vector<FieldDescription> &all_inputs);

    /// Keep those inputs that the chosen problem has. Throws BadInput if the
    /// parameter file sets one that it does not have. @p inputs brings the
    /// problem's own default values.
    void use(const std::vector<FieldDescription> &inputs,
             const Parameters &prm);

    /// Samplers that depend on the matrix need them, to which references are
    /// kept.
    void set_equation(const SteadyProblem<dim> &problem,
                      const BoundaryConditions<dim> &boundary);

    /// True if no sample of any input can be refused.
    bool are_safe() const;

    /// The inputs that vary, in the problem's order.
    std::vector<FieldDescription> varying() const;

    void prepare(const Space<dim> &space, const Numbering<dim> &numbering);

    /// All inputs, varying and fixed, of one sample.
    Inputs<dim> sample(std::uint64_t seed, unsigned int sample);

    /// By name, those of all registered problems.
    std::map<std::string, std::unique_ptr<InputSampling<dim>>> inputs;

    /// The inputs whose samplers need the matrix that the others give.
    std::vector<FieldDescription> of_the_system() const;

    /// sample(), but those of_the_system() are zero: for who knows them from a
    /// file.
    Inputs<dim> sample_without_system(std::uint64_t seed, unsigned int sample);

  private:
    std::vector<std::string> order;
    const SteadyProblem<dim> *problem = nullptr;
    const BoundaryConditions<dim> *boundary = nullptr;
    std::unique_ptr<SteadySystem<dim>> system; ///< where a sampler needs it
  };
} // namespace nodal

#endif
