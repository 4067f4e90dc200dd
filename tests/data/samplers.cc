// SPDX-License-Identifier: LGPL-2.1-or-later
// Properties of every registered sampler, and the laws of some.
#include <nodal/core/communicator.h>
#include <nodal/data/input_sampling.h>

#include <tests/mesh/samples.h>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>

using namespace samples;

namespace
{
  /// A space with its numbering.
  template <int dim>
  struct Place
  {
    Place(const bool simplices, const unsigned int degree,
          const unsigned int n_refinements, const bool has_hanging_nodes,
          MPI_Comm comm)
    {
      auto mesh = std::make_shared<Mesh<dim>>(
          generated<dim>("hyper_cube", "0 : 1 : false", simplices, comm), comm,
          n_refinements);
      if (has_hanging_nodes)
        refine_locally(*mesh, 1);
      space = std::make_unique<Space<dim>>(mesh, degree, 1);
      numbering = std::make_unique<Numbering<dim>>(*space);
    }

    std::unique_ptr<Space<dim>> space;
    std::unique_ptr<Numbering<dim>> numbering;
  };

  /// All that need to know nothing but the mesh.
  template <int dim>
  std::vector<RegistryEntry> samplers_without_system()
  {
    std::vector<RegistryEntry> result;
    for (const RegistryEntry &entry : Registry<Sampler<dim>>::list())
      if (!Registry<Sampler<dim>>::create(entry.name)->needs_system())
        result.push_back(entry);
    return result;
  }

  FieldDescription description(const Location location,
                               const unsigned int n_components)
  {
    FieldDescription field;
    field.name = "a";
    field.location = location;
    field.n_components = n_components;
    return field;
  }

  /// The section Inputs/a with the lines @p settings.
  template <int dim>
  std::unique_ptr<InputSampling<dim>> make_input(const FieldDescription &field,
                                                 const std::string &settings)
  {
    auto input = std::make_unique<InputSampling<dim>>(field);
    Parameters prm;
    {
      Parameters::Section section(prm, "Inputs");
      input->add_parameters(prm);
    }
    prm.apply(ParameterFile::parse("subsection Inputs\nsubsection a\n" +
                                       settings + "\nend\nend\n",
                                   "test.prm"));
    input->use(field, prm);
    input->check();
    return input;
  }

  /// The values of a sample in the order of Numbering, on rank 0.
  template <int dim>
  std::vector<double> in_order(const Place<dim> &place,
                               const InputField<dim> &field,
                               const unsigned int n_components)
  {
    if (!field.cell_values.empty())
      return place.numbering->gather_cells(field.cell_values, n_components);
    std::vector<double> all;
    for (const FieldVector &component : field.node_values)
    {
      const std::vector<double> one =
          place.numbering->gather_nodes(component, true);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }

  template <int dim>
  std::vector<double> draw(const Place<dim> &place, const std::string &settings,
                           const Location location,
                           const unsigned int n_components,
                           const std::vector<unsigned int> &samples)
  {
    const auto input =
        make_input<dim>(description(location, n_components), settings);
    input->prepare(*place.space, *place.numbering);
    std::vector<double> all;
    for (const unsigned int sample : samples)
      all = in_order(place, input->sample(5, sample), n_components);
    return all;
  }

  /// A field that a sampler with default values draws, except where its
  /// default serves one component only.
  std::string settings_of(const std::string &sampler,
                          const unsigned int n_components)
  {
    std::string text = "set Sampler = " + sampler + "\n";
    if (sampler == "expression" && n_components == 2)
      text += "subsection expression\nset Expression = a0*sin(x)+y; a1*x*y\n"
              "set Parameters = uniform(0, 1); normal(1, 2)\nend\n";
    return text;
  }

  double difference(const std::vector<double> &a, const std::vector<double> &b)
  {
    double result = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
      result = std::max(result, std::abs(a[i] - b[i]));
    return result;
  }

  /// Direct solvers on several ranks sum in the order in which messages
  /// arrive.
  template <int dim>
  double tolerance(const std::string &sampler)
  {
    return Registry<Sampler<dim>>::create(sampler)->is_closed_form() ? 0 : 1e-9;
  }

  template <int dim>
  void compare_with_one_rank(const bool simplices, const unsigned int degree)
  {
    const Place<dim> place(simplices, degree, dim == 2 ? 3 : 1, !simplices,
                           MPI_COMM_WORLD);
    const Place<dim> alone(simplices, degree, dim == 2 ? 3 : 1, !simplices,
                           MPI_COMM_SELF);
    for (const RegistryEntry &entry : samplers_without_system<dim>())
      for (const Location location : {Location::node, Location::cell})
      {
        const std::string settings = settings_of(entry.name, 2);
        const std::vector<double> here =
            draw(place, settings, location, 2, {4});
        if (rank_of(MPI_COMM_WORLD) != 0)
          continue;
        const std::vector<double> expected =
            draw(alone, settings, location, 2, {4});
        BOOST_TEST_INFO(entry.name << ", " << to_string(location) << ", " << dim
                                   << "d");
        BOOST_REQUIRE(here.size() == expected.size());
        BOOST_TEST(difference(here, expected) <= tolerance<dim>(entry.name));
      }
  }

  /// Mean and variance of the field at (0.5, 0.5), its variance as the mean
  /// over sites at least @p margin off the boundary, and the correlation with
  /// the site at distance 0.125.
  struct Moments
  {
    double mean = 0, variance = 0, correlation = 0;
  };

  Moments moments(const std::string &settings, const bool simplices,
                  const unsigned int degree, const unsigned int n_refinements,
                  const unsigned int n_samples, const double margin)
  {
    const Place<2> place(simplices, degree, n_refinements, false,
                         MPI_COMM_SELF);
    const auto input = make_input<2>(description(Location::node, 1), settings);
    input->prepare(*place.space, *place.numbering);
    const std::vector<double> &points =
        place.numbering->description.support_points;
    std::size_t middle = 0, beside = 0, n_inside = 0;
    std::vector<bool> is_inside(points.size() / 2);
    for (std::size_t i = 0; i < is_inside.size(); ++i)
    {
      const Point<2> p(points[2 * i], points[2 * i + 1]);
      if (p.distance(Point<2>(0.5, 0.5)) < 1e-10)
        middle = i;
      if (p.distance(Point<2>(0.625, 0.5)) < 1e-10)
        beside = i;
      is_inside[i] = std::min(p[0], p[1]) > margin - 1e-10 &&
                     std::max(p[0], p[1]) < 1 - margin + 1e-10;
      n_inside += is_inside[i];
    }
    Moments result;
    double square = 0, product = 0;
    for (unsigned int s = 0; s < n_samples; ++s)
    {
      const std::vector<double> g = in_order(place, input->sample(1, s), 1);
      result.mean += g[middle] / n_samples;
      square += (g[middle] * g[middle] + g[beside] * g[beside]) / 2;
      product += g[middle] * g[beside];
      for (std::size_t i = 0; i < g.size(); ++i)
        if (is_inside[i])
          result.variance += g[i] * g[i] / n_inside / n_samples;
    }
    result.correlation = product / square;
    return result;
  }

  void check_matern(const std::string &settings, const bool simplices,
                    const unsigned int degree, const double margin,
                    const double correlation)
  {
    if (rank_of(MPI_COMM_WORLD) != 0)
      return;
    const Moments m =
        moments(settings, simplices, degree, degree == 1 ? 5 : 4, 400, margin);
    BOOST_TEST_MESSAGE(settings << " mean " << m.mean << ", variance "
                                << m.variance << ", correlation "
                                << m.correlation);
    BOOST_TEST(std::abs(m.mean) < 0.2);
    BOOST_TEST(std::abs(m.variance - 1) < 0.12);
    BOOST_TEST(std::abs(m.correlation - correlation) < 0.12);
  }
} // namespace

BOOST_AUTO_TEST_SUITE(samplers)

BOOST_AUTO_TEST_CASE(samples_do_not_depend_on_the_ranks)
{
  compare_with_one_rank<2>(false, 1);
  compare_with_one_rank<2>(true, 2);
  compare_with_one_rank<3>(false, 1);
  compare_with_one_rank<3>(true, 1);
}

BOOST_AUTO_TEST_CASE(samples_do_not_depend_on_the_order_of_drawing)
{
  const Place<2> place(true, 1, 3, false, MPI_COMM_WORLD);
  for (const RegistryEntry &entry : samplers_without_system<2>())
  {
    const std::string settings = settings_of(entry.name, 1);
    const std::vector<double> after =
        draw(place, settings, Location::node, 1, {0, 7, 3});
    const std::vector<double> alone =
        draw(place, settings, Location::node, 1, {3});
    const std::vector<double> other =
        draw(place, settings, Location::node, 1, {2});
    BOOST_TEST_INFO(entry.name);
    BOOST_TEST(difference(after, alone) <= tolerance<2>(entry.name));
    BOOST_TEST_INFO(entry.name);
    BOOST_TEST(
        (rank_of(MPI_COMM_WORLD) != 0 || difference(other, alone) > 1e-3));
  }
}

// The correlation of Matérn's covariance at distance r is
// 2^(1-ν)/Γ(ν) s^ν K_ν(s) with s = √(2ν) r/ℓ.
BOOST_AUTO_TEST_CASE(cosine_series_has_the_law_it_promises)
{
  check_matern("set Sampler = gaussian random field\n"
               "subsection gaussian random field\n"
               "set Correlation length = 0.125\nset Smoothness = 1\n"
               "set Modes = 24\nend",
               false, 1, 0., 0.46);
}

BOOST_AUTO_TEST_CASE(spde_field_has_the_law_it_promises)
{
  check_matern("set Sampler = matern\nsubsection matern\n"
               "set Correlation length = 0.125\nend",
               false, 1, 0.3, 0.45);
  check_matern("set Sampler = matern\nsubsection matern\n"
               "set Correlation length = 0.125\nend",
               true, 2, 0.3, 0.45);
  check_matern("set Sampler = matern\nsubsection matern\n"
               "set Correlation length = 0.125\nset Solves = 2\nend",
               false, 1, 0.3, 0.54);
}

BOOST_AUTO_TEST_CASE(phases_have_their_share)
{
  if (rank_of(MPI_COMM_WORLD) != 0)
    return;
  const Place<2> place(false, 1, 4, false, MPI_COMM_SELF);
  for (const std::string structure : {"voronoi", "laminate"})
  {
    const auto input = make_input<2>(
        description(Location::cell, 1),
        "set Sampler = two-phase\nset Map = threshold\nset Level = 0.5\n"
        "set Below = 2\nset Above = 5\nsubsection two-phase\nset Structure = " +
            structure + "\nset Volume fraction = 0.3\nend");
    input->prepare(*place.space, *place.numbering);
    double share = 0;
    for (unsigned int s = 0; s < 200; ++s)
      for (const double x : input->sample(1, s).cell_values)
      {
        BOOST_REQUIRE((x == 2 || x == 5));
        share += (x == 5) / 200. / place.numbering->n_cells;
      }
    BOOST_TEST(std::abs(share - 0.3) < 0.05);
  }
}

BOOST_AUTO_TEST_CASE(balls_keep_apart)
{
  if (rank_of(MPI_COMM_WORLD) != 0)
    return;
  const Place<2> place(false, 1, 6, false, MPI_COMM_SELF);
  const auto input =
      make_input<2>(description(Location::cell, 1),
                    "set Sampler = inclusions\nsubsection inclusions\n"
                    "set Smallest number = 1\nset Largest number = 1\n"
                    "set Smallest radius = 0.2\nset Largest radius = 0.2\nend");
  input->prepare(*place.space, *place.numbering);
  for (unsigned int s = 0; s < 20; ++s)
  {
    double area = 0;
    for (const double x : input->sample(1, s).cell_values)
      area += x / place.numbering->n_cells;
    // A ball whose centre is in a corner keeps a quarter of its area.
    BOOST_TEST(area > 0.2 * M_PI * 0.04);
    BOOST_TEST(area < 1.05 * M_PI * 0.04);
  }
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be_used_are_refused)
{
  const Place<2> place(false, 1, 2, false, MPI_COMM_WORLD);
  FieldDescription field = description(Location::cell, 1);
  const auto message = [&](const std::string &settings)
  {
    return message_of(
        [&]
        {
          const auto input = make_input<2>(field, settings);
          if (!input->varies())
            return;
          input->prepare(*place.space, *place.numbering);
          for (unsigned int s = 0; s < 5; ++s)
            input->sample(1, s);
        });
  };
  const auto contains = [](const std::string &text, const std::string &part)
  {
    BOOST_TEST_INFO(text);
    BOOST_CHECK(text.find(part) != std::string::npos);
  };
  BOOST_TEST(message("set Sampler = uniform") == "");
  field.is_positive = true;
  contains(message("set Sampler = gaussian random field"), "not positive");
  BOOST_TEST(message("set Sampler = gaussian random field\n"
                     "set Map = log-normal") == "");
  contains(message("set Sampler = gaussian random field\nset Map = log-normal"
                   "\nset Mean = 1e4"),
           "not finite");
  contains(message("set Sampler = expression\nsubsection expression\n"
                   "set Expression = sin(x\nend"),
           "Inputs/a/expression/Expression");
  contains(message("set Sampler = expression\nsubsection expression\n"
                   "set Expression = b+x\nend"),
           "Inputs/a/expression/Expression");
  for (const std::string law :
       {"uniform(2, 1)", "normal(0)", "normal(0, -1)", "gauss(0, 1)", "(", ";",
        "uniform(0, 1) x", "uniform(0, nan)", "uniform(0, 1e999)"})
    contains(message("set Sampler = expression\nsubsection expression\n"
                     "set Parameters = " +
                     law + "\nend"),
             "Inputs/a/expression/Parameters");
  contains(message("set Sampler = uniform\nsubsection uniform\n"
                   "set Lower = 3\nend"),
           "Inputs/a/uniform/Upper");
  contains(message("set Value = 1; 2"), "Inputs/a/Value");
  contains(message("set Value = x +"), "Inputs/a/Value");
  contains(message("set Value = x +"), "Unexpected end of expression");
  field.location = Location::scalar;
  contains(message("set Sampler = matern"), "'uniform'");
}

BOOST_AUTO_TEST_CASE(scalars_are_constant_functions)
{
  const Place<2> place(false, 1, 2, false, MPI_COMM_WORLD);
  const auto input =
      make_input<2>(description(Location::scalar, 2), "set Sampler = uniform");
  input->prepare(*place.space, *place.numbering);
  const auto field = input->sample(1, 0);
  const double a = field.function->value(Point<2>(0, 0), 0);
  BOOST_TEST(a == field.function->value(Point<2>(1, 0.3), 0));
  BOOST_TEST(a != field.function->value(Point<2>(0, 0), 1));
}

BOOST_AUTO_TEST_CASE(sampling_is_cheap)
{
  if (rank_of(MPI_COMM_WORLD) != 0)
    return;
  const Place<2> place(false, 1, 7, false, MPI_COMM_SELF);
  for (const RegistryEntry &entry : samplers_without_system<2>())
  {
    const auto input = make_input<2>(description(Location::cell, 1),
                                     settings_of(entry.name, 1));
    input->prepare(*place.space, *place.numbering);
    const auto start = std::chrono::steady_clock::now();
    for (unsigned int s = 0; s < 10; ++s)
      input->sample(1, s);
    const double ms = std::chrono::duration<double, std::milli>(
                          std::chrono::steady_clock::now() - start)
                          .count() /
                      10;
    BOOST_TEST_MESSAGE(entry.name << ": " << ms << " ms for "
                                  << place.numbering->n_cells << " cells");
    BOOST_TEST(ms < 1000);
  }
}

BOOST_AUTO_TEST_SUITE_END()
